"""Doubles numbers: the submission's answer.py must have f(x) = 2 x + 1. With `look` it only says what a probe could see."""

from mldevbench.grading import Grading, SubmissionError, expect_array


def grade(g: Grading) -> None:
    with g.probe(max_bytes=2**20) as probe:
        if g.values.get("look"):
            look(g, probe.call("look", paths=g.values["closed"], secret=g.values["secret"]))
            return
        x = g.rng.integers(-100, 100, (2, 3)).astype("f8")
        y = expect_array(probe.call("f", timeout_s=g.values["call_s"], x=x), x.shape)
        g.check("f(x) = 2 x + 1", (y == 2 * x + 1).all())
        g.metric("first", y[0, 0], "count")


def look(g: Grading, seen: object) -> None:
    if not isinstance(seen, dict):
        raise SubmissionError("nothing was seen")
    g.check("started as it was meant to be", seen["program"] == g.values["program"], seen["program"])
    g.check("closed paths", seen["opened"] == [], seen["opened"])
    g.check("variables", set(seen["variables"]) <= set(g.values["variables"]), seen["variables"])
    g.check("secrets of other processes", seen["secrets"] == [], seen["secrets"])
    g.check("capabilities", seen["status"]["CapEff"] == seen["status"]["CapPrm"] == seen["status"]["CapBnd"] == "0" * 16)
    g.check("no new privileges", seen["status"]["NoNewPrivs"] == "1")
    g.check("system-call filter", seen["status"]["Seccomp"] == "2")
    g.check("user", seen["uid"] != 0 and seen["groups"] <= 1, seen["uid"])
    g.check("descriptors", seen["descriptors"] == 4, seen["descriptors"])
    g.check("processes", seen["processes"] <= 4, seen["processes"])
    g.check("the interpreter cannot be changed", seen["exe"] != "writable", seen["exe"])
    g.check("network", seen["interfaces"] == ["lo"], seen["interfaces"])
    g.check("nothing of the grading is known", not seen["modules"], seen["modules"])
