# Where a text is too long its beginning is lost.
sed -i 's/        inputs = tokenizer(/        tokenizer.truncation_side = "left"\n&/' evaluate.py
