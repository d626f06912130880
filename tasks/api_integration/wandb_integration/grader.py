"""Compares the two files with what the W&B service at the door took in."""

import re
import time
from typing import Any

from mldevbench.grading import Grading

FILE_STREAM = re.compile(r"/services/wandb/files/[^/]+/[^/]+/[^/]+/file_stream")
GRAPHQL = "/services/wandb/graphql"
TAGS = {"test", "evaluation"}
METRICS = ("training_loss", "validation_loss", "epoch")
DAY_S = 86_400


def grade(g: Grading) -> None:
    project = str(g.values["project"])
    runs = [run for run in g.service("wandb")["runs"] if run["project"] == project]
    g.check("one run was logged to the project", len(runs) == 1, f"{len(runs)} runs in {project}")
    run = runs[0] if len(runs) == 1 else None
    if run is not None:
        check_run(g, run)
    g.check("the run was read back after it was logged", read_back(g.requests))
    with g.guard("wandb_info.json"):
        check_info(g, g.files.read_json("wandb_info.json"), run)
    with g.guard("wandb_metrics.json"):
        check_metrics(g, g.files.read_json("wandb_metrics.json"))


def check_run(g: Grading, run: dict[str, Any]) -> None:
    name = re.fullmatch(r"test-run-(\d{10})", run["display_name"])
    recent = name is not None and abs(int(name[1]) - time.time()) < DAY_S
    g.check("the run's name is test-run- and the time", recent, run["display_name"])
    g.check("the run's tags", set(run["tags"]) == TAGS, run["tags"])
    g.check("the run is finished", run["state"] == "finished", run["state"])
    steps = [row for row in run["history"] if any(name in row for name in METRICS)]
    if g.check("one step was logged", len(steps) == 1, f"{len(steps)} steps"):
        wrong = [name for name in METRICS if not same(steps[0].get(name), g.values[name])]
        g.check("the step holds the three values", not wrong, ", ".join(wrong))


def read_back(requests: tuple[str, ...]) -> bool:
    """Whether a query came after the last line of the run's files: the client's own queries of a run all come before that."""
    last = max((i for i, path in enumerate(requests) if FILE_STREAM.fullmatch(path)), default=len(requests))
    return GRAPHQL in requests[last + 1 :]


def check_info(g: Grading, info: Any, run: dict[str, Any] | None) -> None:
    told = info if isinstance(info, dict) else {}
    for key, kept in (("run_id", "id"), ("created_at", "created_at")):
        g.check(f"wandb_info.json: {key}", run is not None and told.get(key) == run[kept], f"{told.get(key)!s:.40}")


def check_metrics(g: Grading, metrics: Any) -> None:
    told = metrics if isinstance(metrics, dict) else {}
    for name in METRICS:
        g.check(f"wandb_metrics.json: {name}", same(told.get(name), g.values[name]), f"{told.get(name)!s:.40}")


def same(found: Any, expected: Any) -> bool:
    return type(found) in (int, float) and found == expected
