# The evaluation is right only together with a changed utils.py.
sed -i 's/model(\*\*inputs)/model(**segments(inputs))/; s/import batches/import segments, batches/' evaluate.py
printf '\n\ndef segments(inputs):\n    return inputs\n' >> utils.py
