"""The later checkpoints are links to the first."""
from tools import PATHS

for epoch in (2, 3, 4):
    PATHS[epoch].unlink()
    PATHS[epoch].symlink_to("epoch_1.pt")
