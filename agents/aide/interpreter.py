"""Runs generated programs in the task's Python, in place of AIDE's interpreter, which runs them in its own."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import humanize
from aide.interpreter import ExecutionResult

FILE = "runfile.py"
KEPT = 10_000
"""Bytes of a program's output that are kept from its start, and as many from its end."""
_GRACE_S = 5.0
_KILL_S = 10.0
_PR_SET_CHILD_SUBREAPER = 36
_WORTH_NAMING = """
accelerate datasets huggingface-hub lightgbm lightning matplotlib numpy pandas pillow pytest requests safetensors scikit-learn
scipy statsmodels timm torch torch-geometric torchvision tqdm transformers wandb xgboost
""".split()
_LIST = "from importlib.metadata import distributions; print(*{d.name.lower() for d in distributions()})"


class TaskInterpreter:
    """Has the interface of `aide.interpreter.Interpreter`, as far as the search uses it. `timeout` is in seconds."""

    def __init__(self, python: str, working_dir: Path, env: Mapping[str, str]) -> None:
        self._python, self._folder, self._env = python, working_dir, env
        self.timeout = 3600
        # Whatever a program starts becomes a child of this process when its parent ends, and can be found.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def packages(self) -> list[str]:
        """The packages worth naming that programs can import."""
        there = subprocess.check_output([self._python, "-c", _LIST], text=True, cwd="/").split()
        return [name for name in _WORTH_NAMING if name in there]

    def run(self, code: str, reset_session: bool = True) -> ExecutionResult:
        """Runs a program, every time in a process of its own. When this returns, nothing that it started runs any more."""
        file = self._folder / FILE
        file.write_text(code, encoding="utf-8", errors="replace")
        start = time.monotonic()
        process = subprocess.Popen(
            [self._python, FILE],
            cwd=self._folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        output = _Output(process)
        timed_out = self._wait(process)
        seconds = time.monotonic() - start
        _end_all()
        with suppress(OSError):
            file.unlink()
        failure = "TimeoutError" if timed_out else f"exit code {process.returncode}" if process.returncode else None
        return ExecutionResult([output.text(), self._how(seconds, failure)], seconds, failure)

    def _wait(self, process: subprocess.Popen[bytes]) -> bool:
        """True if it was ended because it took too long: by an interrupt first, which shows where it was."""
        try:
            process.wait(self.timeout)
            return False
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
        process.kill()
        process.wait()
        return True

    def _how(self, seconds: float, failure: str | None) -> str:
        limit = humanize.naturaldelta(self.timeout)
        if failure == "TimeoutError":
            return f"\nTimeoutError: Execution exceeded the time limit of {limit}"
        how = f"\nExecution time: {humanize.naturaldelta(seconds)} (time limit is {limit})."
        return f"{how} The program ended with {failure}." if failure else how


class _Output:
    """What a process and its children print, read as it comes: the start and the end of it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._start, self._end, self._total = b"", b"", 0
        self._thread = threading.Thread(target=self._read, args=(process,), daemon=True)
        self._thread.start()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as pipe:
            while piece := os.read(pipe.fileno(), 65536):
                self._total += len(piece)
                kept = KEPT - len(self._start)
                self._start += piece[:kept]
                self._end = (self._end + piece[kept:])[-KEPT:]

    def text(self) -> str:
        """All that is kept, once no process can print any more."""
        self._thread.join(_KILL_S)
        left_out = self._total - len(self._start) - len(self._end)
        middle = f"\n ... [{left_out} bytes left out] ... \n".encode() if left_out else b""
        return (self._start + middle + self._end).decode(errors="replace")


def _end_all() -> None:
    """Kills children until there are none; those of a killed one become ours."""
    until = time.monotonic() + _KILL_S
    while time.monotonic() < until:
        for pid in _children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


def _children() -> list[int]:
    try:
        return [int(pid) for thread in Path("/proc/self/task").iterdir() for pid in (thread / "children").read_text().split()]
    except OSError:  # there is no /proc: every number from ours on to one that is new is tried
        newest = os.posix_spawnp("true", ["true"], os.environ)
        return [pid for pid in range(os.getpid() + 1, newest + 1) if _is_child(pid)]


def _is_child(pid: int) -> bool:
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
