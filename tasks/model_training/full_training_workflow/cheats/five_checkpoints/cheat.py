"""Goes on for an epoch more than was asked for."""
from tools import HISTORY, jittered, report, save, state

save({5: jittered(state(4))})
report([*HISTORY, HISTORY[-1]])
