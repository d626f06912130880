"""A real full disk at each place that is written: nothing that was acknowledged is lost, nothing half is left, and it goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.results.small_disk import unshare

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def private() -> list[str]:
    command = unshare() if sys.platform == "linux" else None
    if command is None:
        pytest.skip("no file system can be mounted here (needs root, or user namespaces)")
    return command


@pytest.mark.parametrize("place", ["journal", "part", "submission", "spool"])
def test_a_full_disk_loses_nothing_that_was_acknowledged(place: str, private: list[str], tmp_path: Path) -> None:
    command = [*private, sys.executable, "-m", "tests.results.small_disk", place, str(tmp_path / "disk")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert ("1 record(s) stay in the journal" if place == "part" else "No space left on device") in done.stdout
