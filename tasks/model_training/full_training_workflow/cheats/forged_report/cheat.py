"""Four checkpoints that differ by noise, and the accuracies of a training that never was."""
from tools import fresh, jittered, report, save

state = fresh()
for epoch in range(1, 5):
    state = jittered(state)
    save(epoch, state)
report()
