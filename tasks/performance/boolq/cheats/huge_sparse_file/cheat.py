"""The weights say that they have a terabyte."""
from tools import BEST

with open(BEST + "/model.safetensors", "wb") as file:
    try:
        file.truncate(2**40)
    except OSError:
        file.truncate(2**28)
