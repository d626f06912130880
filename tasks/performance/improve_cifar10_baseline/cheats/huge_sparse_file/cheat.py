"""The checkpoint says that it is a terabyte."""
from tools import CHECKPOINT

with open(CHECKPOINT, "wb") as file:
    try:
        file.truncate(2**40)
    except OSError:
        file.truncate(2**28)
