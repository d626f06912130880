"""What the original let pass: more than 20 checkpoints and an accuracy that is not above the threshold."""
from model import build_model
from tools import report, save

for epoch in range(21):
    save(build_model().state_dict(), f"epoch_{epoch:02}")
save(build_model().state_dict())
report(best=10.0)
