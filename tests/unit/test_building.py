"""A build is waited for as long as it makes progress, and no longer."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from mldevbench import building
from mldevbench.building import builder, watched
from mldevbench.data import prepare
from mldevbench.outcome import InfraError

HANGS = "import subprocess, sys, time; subprocess.Popen(['sleep', '3519']); time.sleep(3600)"
SLOW = "import sys, time\nfor _ in range({n}):\n    time.sleep(0.1)\n    sys.stderr.write('.')\n    sys.stderr.flush()"


def build(target: Path, program: str) -> int:
    with (
        builder(target, "asset") as lock,
        subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL) as process,
        watched(process, lock, "asset", "the build"),
    ):
        process.wait()
    return process.returncode


def test_a_build_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "STALL_S", 1.0)
    with pytest.raises(InfraError, match="wrote nothing for 1 s") as raised:
        build(tmp_path / "thing", HANGS)
    assert raised.value.kind == "asset"
    assert not [p for p in psutil.process_iter(["cmdline"]) if "3519" in (p.info["cmdline"] or [])]
    assert build(tmp_path / "thing", "") == 0, "the lock is free again"


def test_an_asset_that_hangs_is_an_infrastructure_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLDEVBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(building, "STALL_S", 3.0)
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "stuck.py").write_text("import time\n\n\ndef build(profile, destination):\n    time.sleep(3600)\n")
    with pytest.raises(InfraError, match=r"asset stuck \(mini\) wrote nothing for 3 s") as raised:
        prepare("stuck", "mini", tmp_path, Path(sys.executable))
    assert raised.value.kind == "asset"


def test_a_build_that_makes_progress_is_not_cut_and_others_wait_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "STALL_S", 4.0)
    monkeypatch.setattr(building, "_LOOK_S", 0.2)
    codes: list[int] = []
    first = threading.Thread(target=lambda: codes.append(build(tmp_path / "thing", SLOW.format(n=60))))
    first.start()
    while not (tmp_path / "thing.lock").exists():
        time.sleep(0.01)
    assert build(tmp_path / "thing", "") == 0
    first.join()
    assert codes == [0]


def test_a_builder_that_shows_no_life_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "STALL_S", 0.3)
    with (
        builder(tmp_path / "thing", "environment"),
        pytest.raises(InfraError, match="another process is building thing") as raised,
        builder(tmp_path / "thing", "environment"),
    ):
        pass
    assert raised.value.kind == "environment"
