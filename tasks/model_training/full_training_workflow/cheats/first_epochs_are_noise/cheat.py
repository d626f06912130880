"""Only the last checkpoint comes from training; those before it differ by noise. The report is honest."""
from tools import fresh, jittered, report_truly, save

states = [jittered(fresh())]
for _ in range(2):
    states.append(jittered(states[-1]))
save(dict(enumerate(states, 1)))
report_truly()
