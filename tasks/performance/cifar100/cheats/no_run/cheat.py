"""Names a run that W&B never heard of: all that the original looked at."""
from tools import tell

tell("made-up")
