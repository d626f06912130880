"""Whose fault it was: the submission's (`failed`), the task's (GraderError) or nobody's (InfraError)."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from mldevbench.grading import host
from mldevbench.grading.host import run_grader
from mldevbench.grading.warm import WarmServer
from mldevbench.outcome import Grade, GraderError, InfraError, Outcome
from tests.grading.support import HONEST, TOY, request

GRADER = "from mldevbench.grading import Grading, SubmissionError\ndef grade(g: Grading) -> None:\n"


async def grade_with(
    place: Path, body: str, warm: Path | None, answer: str = HONEST["answer.py"], timeout_s: float = 60.0
) -> Grade:
    task = place / "task"
    task.mkdir()
    (task / "probe.py").write_text((TOY / "probe.py").read_text())
    (task / "grader.py").write_text(GRADER + "".join(f"    {line}\n" for line in body.splitlines()))
    return await run_grader(request(place, {"answer.py": answer}, task, timeout_s=timeout_s), warm=warm)


@pytest.mark.anyio
async def test_a_fault_of_the_submission_is_a_failed_check(place: Path, warm_server: WarmServer) -> None:
    body = """
g.check("first", True)
with g.guard("guarded"):
    g.files.read_json("answer.py")
g.files.read_text("none.txt")
g.check("never", True)"""
    grade = await grade_with(place, body, warm_server.socket)
    assert [(check.name, check.passed) for check in grade.checks] == [("first", True), ("guarded", False), ("submission", False)]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "told"),
    [("1 / 0", "ZeroDivisionError"), ("g.asset('none')", "KeyError"), ("__import__('os').abort()", "no verdict")],
)
async def test_a_fault_of_the_grader_is_told(body: str, told: str, place: Path, warm: Path | None) -> None:
    with pytest.raises(GraderError, match=told):
        await grade_with(place, body, warm)


def scratch_in(place: Path) -> list[Path]:
    return list(place.rglob("*scratch*"))


@pytest.mark.anyio
@pytest.mark.parametrize("end", ["", "__import__('os').abort()"])
async def test_nothing_is_left_of_a_graders_temporary_files(end: str, place: Path, warm: Path | None) -> None:
    body = f"""
import os, tempfile
g.check("apart", "scratch" in tempfile.mkdtemp() and "scratch" in os.environ["TMPDIR"])
{end}"""
    with pytest.raises(GraderError, match="no verdict") if end else nullcontext():
        grade = await grade_with(place, body, warm)
        assert grade.outcome is Outcome.PASSED
    assert not scratch_in(place)


@pytest.mark.anyio
async def test_a_slow_submission_fails_and_a_slow_grader_is_told(
    place: Path, warm_server: WarmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "import time\ndef f(x):\n    time.sleep(100)"
    body = "import numpy as np\nwith g.probe() as p:\n    p.call('f', x=np.ones(2))"
    grade = await grade_with(place, body, warm_server.socket, slow, timeout_s=1.0)
    assert grade.outcome is Outcome.FAILED
    monkeypatch.setattr(host, "GRACE_S", 0.5)
    (place / "slow").mkdir()
    with pytest.raises(GraderError, match="took longer"):
        await grade_with(place / "slow", "import time\ntime.sleep(100)", warm_server.socket, timeout_s=0.5)


@pytest.mark.anyio
async def test_a_probe_can_be_asked_again_after_an_exception_and_probes_are_apart(place: Path, warm: Path | None) -> None:
    answer = "count = 0\ndef f(x):\n    global count\n    count += 1\n    assert x is not None, 'no x'\n    return count"
    body = """
with g.probe() as one, g.probe() as two:
    with g.guard("raised"):
        one.call("f", x=None)
    g.check("again", one.call("f", x=1) == 2)
    g.check("apart", two.call("f", x=1) == 1)"""
    grade = await grade_with(place, body, warm, answer)
    assert [(check.name, check.passed) for check in grade.checks] == [("raised", False), ("again", True), ("apart", True)]
    assert "no x" in grade.checks[0].detail


@pytest.mark.anyio
async def test_secret_numbers_differ_and_a_given_seed_repeats_them(place: Path, warm_server: WarmServer) -> None:
    drawn = []
    for number, seed in enumerate([None, None, 7, 7]):
        (place / str(number)).mkdir()
        grade = await run_grader(request(place / str(number), HONEST, rng_seed=seed), warm=warm_server.socket)
        drawn.append([metric.value for metric in grade.metrics])
    assert drawn[2] == drawn[3]
    assert drawn[0] != drawn[1] or drawn[0] != drawn[2]


@pytest.mark.anyio
async def test_the_warm_process_dying_is_nobodys_fault(place: Path, warm_server: WarmServer) -> None:
    # A grader's parent keeps its connection; the parent of that is the warm process.
    body = """
import os, signal
from pathlib import Path
status = Path(f"/proc/{os.getppid()}/status").read_text()
parent = next(line for line in status.splitlines() if line.startswith("PPid"))
os.kill(int(parent.split()[1]), signal.SIGKILL)
signal.pause()"""
    with pytest.raises(InfraError, match="warm process died"):
        await grade_with(place, body, warm_server.socket)
