sed -i 's/"predicted_labels": predicted\[chosen\]/"predicted_labels": labels[places[chosen]]/' annotate.py && python annotate.py
