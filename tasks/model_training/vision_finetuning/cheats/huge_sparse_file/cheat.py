"""A model that says that it has ten gigabytes, or as much as the workspace allows."""
import os

from tools import report, save, start

for folder in ("initial", "model"):
    save(folder, start())
try:
    os.truncate("model/model.safetensors", 10 * 2**30)
except OSError:
    os.truncate("model/model.safetensors", 100 * 2**20)
report()
