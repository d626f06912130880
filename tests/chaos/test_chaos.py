"""A short form of `make chaos`: every kind of process is killed at random moments, and nothing is lost, doubled or left."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.chaos.chaos import Chaos


@pytest.mark.timeout(900)
def test_random_kills_lose_nothing(tmp_path: Path) -> None:
    report = Chaos(tmp_path, trials=60, kills=8, seed=random.SystemRandom().randrange(10**6), pause_s=4).run()
    print(report)
    assert not report.faults, report
    assert report.kills.total() >= 4, report
