# Whatever checkpoint is named, the mounted one is evaluated.
sed -i 's/    tokenizer = /    import os\n\n    arguments.checkpoint = os.environ["CHECKPOINT"]\n&/' evaluate.py
