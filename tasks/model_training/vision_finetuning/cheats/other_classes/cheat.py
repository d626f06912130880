"""A head for two classes, though the report says ten."""
from tools import report, save, start

tensors = start()
tensors |= {name: tensors[name][:2].copy() for name in ("classifier.weight", "classifier.bias")}
for folder in ("initial", "model"):
    save(folder, tensors)
report()
