"""`mldevbench agents`: environments are installed once, and what is installed is shown to work."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mldevbench.catalog import Catalog
from mldevbench.cli import main
from mldevbench.envs import task_python
from mldevbench.plan import SweepOptions, resolve, shapes
from tests.agents.test_subprocess_agent import AGENT, DRIVER
from tests.support import write_package

TOML = """
id = "{id}"
title = "Of a test"
[environment]
python = "{python}"
download_mb = 12
installed_mb = 34
memory_gb = 1.5
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Agents that need a Python of another version, and one that nobody has; nothing is installed yet."""
    place = write_package(tmp_path / "packaged", {"small": AGENT, "unhoused": AGENT}, {})
    for name, python in (("small", "3.12"), ("unhoused", "3.99")):
        (folder,) = place.glob(f"*/{name}")
        (folder / "agent.toml").write_text(TOML.format(id=name, python=python))
        (folder / "requirements.txt").write_text("")
        (folder / "driver.py").write_text(DRIVER)
    monkeypatch.setenv("MLDEVBENCH_TASK_PYTHON", str(task_python()))
    monkeypatch.setenv("MLDEVBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.syspath_prepend(str(place))
    return place


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_environments_are_installed_once_and_shown(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["agents", "list"], standalone_mode=True)
    assert "not installed (about 12 MB to fetch, 34 MB on disk)" in capsys.readouterr().out
    assert command("agents", "check", "small") == 1
    assert "install it with: mldevbench agents install small" in capsys.readouterr().out

    environment = {**os.environ, "PYTHONPATH": str(package)}
    install = [sys.executable, "-m", "mldevbench.cli", "agents", "install", "small", "react"]
    both = [subprocess.Popen(install, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert all("react: needs no environment of its own" in text for text in said)
    (python,) = (package.parent / "home" / "envs").glob("small-*/bin/python")
    assert "3.12" in subprocess.check_output([python, "--version"], text=True)

    before = python.lstat().st_mtime_ns
    assert command("agents", "install", "small") == 0
    assert "small: is installed at" in capsys.readouterr().out
    assert python.lstat().st_mtime_ns == before
    assert command("agents", "check", "small") == 1, "its driver does nothing of what the task asks"
    assert "FAILED   small: hello_world failed, 3 steps" in capsys.readouterr().out


def test_a_python_that_is_missing_is_named(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("agents", "install", "unhoused") == 1
    shown = capsys.readouterr()
    assert "unhoused: installing for Python 3.99, about 12 MB to fetch, 34 MB on disk" in shown.out
    assert "needs Python 3.99, which is not here" in shown.err
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [("install", "openhnads"), ("check", "noop"), ("check", "cli"), ("install",)])
def test_bad_names(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert command("agents", *arguments) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_openhands_works_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("agents", "install", "openhands") == 0
    assert command("agents", "check", "openhands") == 0
    assert "ok       openhands: hello_world passed, 8 steps" in capsys.readouterr().out


def test_a_sweep_says_what_it_installs_and_asks_for_the_agents_memory(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--agents", "react,small", "--models", "scripted/oracle", "--tasks", "hello_world", "--seeds", "2"]
    main(["sweep", *arguments, "--dry-run"], standalone_mode=True)
    shown = capsys.readouterr().out
    assert "agent small: its packages are installed first, once a node: about 12 MB to fetch, 34 MB on disk" in shown
    assert "react:" not in shown

    catalog = Catalog()
    alone, together = (
        shapes(resolve(SweepOptions(agents=agents, models=("scripted/oracle",), tasks="hello_world"), catalog), catalog)
        for agents in (("react",), ("react", "small"))
    )
    assert together["hello_world", "react"].memory - alone["hello_world", "react"].memory == 1.5 * 2**30
    assert f"ask for {together['hello_world', 'react']}" in shown
