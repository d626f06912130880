"""The same verdicts when the runner is an ordinary user, whose sandboxes have user namespaces."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mldevbench.envs import task_python
from mldevbench.paths import PACKAGE_ROOT
from mldevbench.sandbox.view import python_prefixes

UID = "41234"
CHOSEN = [
    "tests/grading/test_isolation.py",
    "tests/grading/test_tasks.py::test_the_solution_passes",
    "tests/grading/test_cheats.py::test_cheat_fails[exit at import]",
    "tests/grading/test_cheats.py::test_cheat_fails[too much memory]",
    "tests/grading/test_warm.py::test_nothing_of_a_probe_is_left_when_grading_ends",
    "tests/grading/test_warm.py::test_agent_code_of_the_same_user_does_not_reach_it",
]


def as_ordinary_user(command: list[str]) -> list[str]:
    """The command run by another user, to whom the folders of our interpreters are shown even where they lie in a closed home."""
    if os.getuid() != 0:
        return command
    closed = {p for path in _needed() for p in path.parents if not p.stat().st_mode & 0o001}
    outermost = sorted(p for p in closed if not any(other in p.parents for other in closed))
    hidden = [word for path in outermost for word in ("--perms", "0755", "--tmpfs", str(path))]
    shown = []
    for path in (p for p in _needed() if any(c in p.parents for c in closed)):
        for parent in reversed(path.parents):
            shown += ["--perms", "0755", "--dir", str(parent)] if any(c in parent.parents for c in closed) else []
        shown += ["--ro-bind", str(path), str(path)]
    who = ["setpriv", "--reuid", UID, "--regid", UID, "--clear-groups"]
    return ["bwrap", "--dev-bind", "/", "/", *hidden, *shown, "--", *who, *command]


def _needed() -> list[Path]:
    return sorted({*python_prefixes(task_python()), *python_prefixes(Path(sys.executable)), PACKAGE_ROOT})


def test_verdicts_of_an_ordinary_user() -> None:
    folder = Path(tempfile.mkdtemp(prefix="ordinary-"))
    folder.chmod(0o777)
    try:
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder)}
        environment |= {"MLDEVBENCH_TASK_PYTHON": str(task_python()), "MLDEVBENCH_HOME": str(folder / "home")}
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CHOSEN]
        done = subprocess.run(
            as_ordinary_user(pytest), cwd=PACKAGE_ROOT, env=environment, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
