"""A model that says that it has ten gigabytes, or as much as the workspace allows."""
import os

try:
    os.truncate("model/model.safetensors", 10 * 2**30)
except OSError:
    os.truncate("model/model.safetensors", 100 * 2**20)
