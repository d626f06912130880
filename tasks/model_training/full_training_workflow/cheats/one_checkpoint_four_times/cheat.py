"""The same checkpoint under four names."""
from tools import fresh, jittered, report, save

state = jittered(fresh())
for epoch in range(1, 5):
    save(epoch, state)
report()
