"""Quick checks on the sample readings: python -m pytest test_train.py"""

import math

from energy.data import readings
from energy.train import fit


def test_losses_are_finite_and_fall():
    losses = fit(*readings()).losses
    assert len(losses) == 20
    assert all(math.isfinite(loss) for loss in losses)
    assert losses[-1] < losses[10] < losses[0]
