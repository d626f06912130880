"""A good name for the original, which took the last one in alphabetical order."""
from tools import CHECKPOINT

CHECKPOINT.rename(CHECKPOINT.with_name("epoch_99_val_acc_99.0.pt"))
