"""Where the time went, of rows made by hand."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from mldevbench.catalog import Catalog
from mldevbench.commands.report import main
from mldevbench.outcome import Timings, TrialRecord
from mldevbench.report.study import Study, load_study
from mldevbench.report.times import parts, slowest, times
from mldevbench.results import ResultsWriter, SweepInfo
from tests.report.synthetic import record, sweep

TOLD = Timings(
    prepare_s=1,
    solve_s=20,
    grade_s=2,
    waited_s=5,
    wall_s=30,
    model_s=12,
    command_s=8,
    idle_s=3,
    waited_rate_s=4,
    waited_cpu_s=1,
    waited_gpu_s=0,
    grade_waited_s=1,
)


def write(out: Path, timings: Sequence[Timings]) -> str:
    task = Catalog().task("boolq")
    spec = sweep([task], len(timings), ["openai/cheap"])
    plan = {"arms": [{"agent": "react", "digest": "a1", "model": "openai/cheap"}], "tasks": {"boolq": "t1"}}
    plan |= {"seeds": list(spec.seeds), "limits": [asdict(limits) for limits in spec.limits]}
    writer = ResultsWriter.open(str(out), SweepInfo(out.name, "mini", plan))
    made: list[TrialRecord] = [record(t, task, random.Random(5), 0.5) for t in spec.trials()]
    for each, found in zip(made, timings, strict=True):
        writer.append(replace(each, timings=found))
    writer.close()
    return str(out)


def study(out: Path, timings: Sequence[Timings]) -> Study:
    return load_study([write(out, timings)])


def test_the_parts_are_the_whole(tmp_path: Path) -> None:
    found = study(tmp_path / "s", [TOLD])
    expected = {"preparing": 1, "model": 12, "commands": 5, "waiting": 6, "grading": 2, "runner": 4}
    assert parts(found.trials[0]) == expected, "three of eight seconds of commands ran beside a call"
    (line,) = times(found).lines
    shown = dict(zip(times(found).columns, (e.text for e in line.entries), strict=True))
    assert shown["model (s)"] == "12.0 (40%)"
    assert shown["waiting for CPU (s)"] == "2.0", "for commands, and to be graded"
    assert shown["waiting for rate (s)"] == "4.0"
    assert shown["wall (s)"] == "30.0"


def test_the_slowest_are_named_with_what_took_most(tmp_path: Path) -> None:
    many = [replace(TOLD, wall_s=30.0 + n) for n in range(11)] + [replace(TOLD, wall_s=100.0)]
    lines = slowest(study(tmp_path / "s", many)).lines
    assert len(lines) == 10
    assert [line.labels[2] for line in lines[:2]] == ["11", "10"]
    assert [e.text for e in lines[0].entries] == ["100.0", "runner 74.0"]
    assert lines[1].entries[1].text == "runner 14.0"


def test_the_tables_are_there_when_they_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = write(tmp_path / "s", [TOLD])
    main([place, "--table", "time,slowest", "--format", "json"], standalone_mode=False)
    tables = {t["name"]: t["entries"] for t in json.loads(capsys.readouterr().out)["tables"]}
    assert {e["measure"]: e["estimate"] for e in tables["time"]}["commands"] == 5
    assert [e["estimate"] for e in tables["slowest"]] == [30, 12]
    main([place], standalone_mode=False)
    assert "slowest" not in capsys.readouterr().out
