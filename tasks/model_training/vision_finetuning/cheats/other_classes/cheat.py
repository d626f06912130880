"""A head for two classes, though the report says ten."""
from tools import FOLDERS, save, state

for folder in FOLDERS:
    tensors = state(folder)
    save(folder, tensors | {name: tensors[name][:2].copy() for name in ("classifier.weight", "classifier.bias")})
