"""Runs hello.py in a probe and compares what it printed."""

from mldevbench.grading import Grading, SubmissionError

EXPECTED = {"exit_code": 0, "stdout": "Hello, World!\n", "stderr": ""}


def grade(g: Grading) -> None:
    if not g.check("hello.py is there", g.files.exists("hello.py")):
        return
    limit = float(g.values["run_s"])
    with g.guard("hello.py runs"), g.probe() as probe:
        done = probe.call("run", timeout_s=limit + 10, limit_s=limit)
        if not isinstance(done, dict):
            raise SubmissionError("the run left no record")
        for what, expected in EXPECTED.items():
            g.check(what.replace("_", " "), done.get(what) == expected, f"{expected!r} is expected, {done.get(what)!r} was found")
