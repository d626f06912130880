"""kill -9 and power cuts at the points of the write path, of compaction and of repair: see kill_points.py."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MEMORY = Path("/dev/shm")
"""Nothing is slower on a disk than what is tried here; the points are the same anywhere."""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as path:
        yield Path(path)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for what is synced")
@pytest.mark.parametrize(("scenario", "step"), [("write", 2), ("compact", 8), ("repair", 16)])
def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(folder: Path, scenario: str, step: int) -> None:
    """Some of the points; `python -m tests.results.kill_points` tries them all."""
    command = [sys.executable, "-m", "tests.results.kill_points", scenario, str(folder / "here"), str(step)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    print(done.stdout.splitlines()[-1])
    assert "lost 0, doubled 0" in done.stdout
