"""Four checkpoints that differ by noise; the report is honest."""
from tools import fresh, jittered, report_truly, save

states = [jittered(fresh())]
for _ in range(3):
    states.append(jittered(states[-1]))
save(dict(enumerate(states, 1)))
report_truly()
