sed -i 's/confidences\[chosen\].tolist()/(100 * confidences[chosen]).tolist()/' annotate.py && python annotate.py
