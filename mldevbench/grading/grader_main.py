"""The trusted grader's process: takes an assignment over its control socket, runs the task's grader.py, reports what it found.

Started cold as `python -I grader_main.py FD` in the task environment, or forked from the warm process.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # -I leaves out the checkout; at the end, so that nothing in it stands in for an installed module
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from mldevbench.grading import channel
from mldevbench.grading.api import Assignment, Grading
from mldevbench.grading.enter import die_with
from mldevbench.grading.probe import Probe
from mldevbench.grading.protocol import Bounds
from mldevbench.outcome import SubmissionError


def run(control: socket.socket) -> None:
    """Grades one submission. Every end is one message on `control`: a result, or an error with its traceback."""
    message, _ = channel.receive(control)
    os.environ["TMPDIR"] = tempfile.tempdir = message.pop("scratch")
    try:
        assignment = _assignment(message)
        grading = Grading(assignment, _Opener(control).open)
        try:
            _load(assignment.task_dir).grade(grading)
        except SubmissionError as error:
            grading.check("submission", False, error)
    except Exception:
        channel.send(control, {"op": "error", "traceback": traceback.format_exc(limit=-12)})
    else:
        checks, metrics = [asdict(c) for c in grading.checks], [asdict(m) for m in grading.metrics]
        channel.send(control, {"op": "result", "checks": checks, "metrics": metrics})


class _Opener:
    """Asks the runner for sandboxes and hands them to the grader as probes."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control

    @contextmanager
    def open(self, source: str, bounds: Bounds, deadline: float) -> Iterator[Probe]:
        channel.send(self._control, {"op": "open"})
        answer, fds = channel.receive(self._control, max_fds=1)
        closed = False

        def close() -> str:
            nonlocal closed
            if closed:
                return ""
            closed = True
            channel.send(self._control, {"op": "close", "probe": answer["probe"]})
            return str(channel.receive(self._control)[0]["last_words"])

        with socket.socket(fileno=fds[0]) as sock:
            try:
                yield Probe(sock, source, bounds, deadline, close)
            finally:
                close()


def _assignment(message: dict[str, Any]) -> Assignment:
    paths = {name: Path(message.pop(name)) for name in ("task_dir", "submission")}
    assets = {name: Path(path) for name, path in message.pop("assets").items()}
    fields: dict[str, Any] = {**message, **paths, "assets": assets, "requests": tuple(message["requests"])}
    return Assignment(**fields)


def _load(task_dir: Path) -> Any:
    """The task's grader.py as a module. Modules in its hidden/ folder can be imported by it."""
    sys.dont_write_bytecode = True
    sys.path.append(str(task_dir / "hidden"))
    spec = importlib.util.spec_from_file_location("grader", task_dir / "grader.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["grader"] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    die_with(int(sys.argv[2]))
    run(socket.socket(fileno=int(sys.argv[1])))
    os._exit(0)  # nothing that a grader registered for exit may hold up or change the verdict
