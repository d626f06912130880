"""docs/adding-an-agent.md as it stands: its package is written and installed, and its commands are run."""

import os
import re
import subprocess
import sys
from pathlib import Path

from mldevbench.paths import PACKAGE_ROOT

PAGE = PACKAGE_ROOT / "docs" / "adding-an-agent.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(folder / "site")}
    return subprocess.run(["bash", "-e", "-c", command], cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_page_makes_agents_that_solve_a_task(tmp_path: Path) -> None:
    commands = []
    for kind, name, text in BLOCK.findall(PAGE.read_text()):
        if name:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        else:
            assert kind == "bash"
            commands.append(text)
    assert len((tmp_path / "one_shot/one_shot/agent.py").read_text().splitlines()) <= 30
    in_this_process, apart = commands
    done = shell(in_this_process, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Asks once and runs the answer" in done.stdout
    assert "passed (submitted)" in done.stdout
    assert ": 1 steps, 1 calls" in done.stdout
    wrong = shell("mldevbench run hello_world --agent 'one_shot?patience=long' --model scripted/oracle", tmp_path)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "patience is 'long'" in wrong.stderr
    done = shell(apart, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok       apart: hello_world passed, 1 steps" in done.stdout
