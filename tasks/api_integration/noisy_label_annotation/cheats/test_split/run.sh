sed -i 's/read("train")/read("t10k")/' annotate.py && python annotate.py
