"""What a dry run says of cost, tokens and time, from results whose numbers are known; and which trials begin first."""

from __future__ import annotations

import heapq
import math
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mldevbench.catalog import Catalog
from mldevbench.estimate import PAPER, SOURCES, missing_of, read_records, total
from mldevbench.outcome import Outcome, TrialRecord
from mldevbench.recorded import Cell, Recorded, longest
from mldevbench.report.paper import paper_tasks
from mldevbench.results import ResultsWriter, SweepInfo
from mldevbench.spec import Arm, Limits, Named, SweepSpec
from mldevbench.sweep import main
from tests.report.synthetic import record

CATALOG = Catalog()
TASKS = ("nan_losses", "boolq", "channelvit")
REAL = "anthropic/claude-sonnet-4-5"
COSTS = {"nan_losses": (0.10, 0.20, 0.30), "boolq": (1.0, 1.4, 1.8)}
"""Of seeds 0 to 2."""


def sweep(tasks: Sequence[str], seeds: int, models: Sequence[str] = (REAL,), agent: str = "react", steps: int = 50) -> SweepSpec:
    found, digest = [CATALOG.task(t) for t in tasks], CATALOG.agent(agent).digest
    arms = tuple(Arm(Named(agent), digest, Named.parse(m)) for m in models)
    return SweepSpec(arms, tuple((t.id, t.digest) for t in found), tuple(range(seeds)), "mini", (Limits(max_steps=steps),))


def write(out: Path, spec: SweepSpec, changed: Callable[[TrialRecord], TrialRecord]) -> str:
    writer = ResultsWriter.open(str(out), SweepInfo(out.name, spec.profile, {}))
    for trial in spec.trials():
        made = record(trial, CATALOG.task(trial.task), random.Random(5), 0.5)
        writer.append(changed(made))
    writer.close()
    return str(out)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    def changed(made: TrialRecord) -> TrialRecord:
        usage = replace(made.usage, cost_usd=COSTS[made.trial["task"]][made.trial["seed"]], tokens_in=1000, tokens_out=100)
        outcome = Outcome.PASSED if made.trial["seed"] else Outcome.FAILED
        timings = replace(made.timings, wall_s=60.0 if made.trial["task"] == "boolq" else 20.0)
        return replace(made, usage=usage, outcome=outcome, timings=timings)

    return write(tmp_path_factory.mktemp("results") / "study", sweep(TASKS[:2], 3), changed)


def cost(spec: SweepSpec, recorded: Recorded, priced: Sequence[str] = ()) -> object:
    return total("cost_usd", missing_of(spec, recorded.graded), recorded, CATALOG, priced)


def test_what_is_missing_costs_what_the_recorded_trials_cost(folder: str) -> None:
    recorded = read_records(folder, [folder], "mini")
    found = total("cost_usd", missing_of(sweep(TASKS[:2], 10), recorded.graded), recorded, CATALOG, ())
    assert found.mean == pytest.approx(7 * (0.2 + 1.4))
    variances = [statistics.variance(costs) for costs in COSTS.values()]
    half = 1.96 * math.sqrt(sum(7 * v + 7**2 * v / 3 for v in variances))
    assert found.interval == pytest.approx((found.mean - half, found.mean + half))
    assert found.sources == {SOURCES["cell"]: 14}


def test_the_interval_holds_the_cost_of_the_sweep_as_often_as_it_says() -> None:
    """Sweeps are drawn again and again: a few recorded trials, and the many that are to come."""
    rng, inside = random.Random(1), 0
    cells = {Cell.of(t, Arm(Named("a"), "d", Named("m")), Limits()): rng.uniform(0.1, 3) for t in map(str, range(20))}
    for _ in range(300):
        recorded = Recorded()
        for cell, mean in cells.items():
            costs = [rng.gauss(mean, mean / 3) for _ in range(5)]
            row = dict(zip(("max_steps", "max_time_s", "max_tokens", "max_cost_usd"), cell.limits, strict=True))
            row |= {"task": cell.task, "agent": "a", "model": "m", "synthetic_model": False, "passed_sum": 1, "passed_count": 5}
            row |= {f"{m}_{how}": 0 for m in ("tokens", "wall_s") for how in ("count", "mean", "variance")}
            row |= {
                "cost_usd_count": 5,
                "cost_usd_mean": statistics.fmean(costs),
                "cost_usd_variance": statistics.pvariance(costs),
            }
            recorded.take(row)
        found = total("cost_usd", dict.fromkeys(cells, 10), recorded, CATALOG, ())
        truth = sum(rng.gauss(mean, mean / 3) for mean in cells.values() for _ in range(10))
        assert found.interval is not None
        inside += found.interval[0] <= truth <= found.interval[1]
    assert 0.88 <= inside / 300 <= 0.99


def test_where_nothing_is_recorded_the_paper_is_and_else_nothing(folder: str) -> None:
    fresh = read_records(None, [], "mini")
    spec = sweep(TASKS, 5, (REAL, "scripted/oracle"))
    found = total("cost_usd", missing_of(spec, ()), fresh, CATALOG, ())
    rows = [paper_tasks()[CATALOG.task(t).file.paper_row or ""] for t in TASKS]
    assert found.paper == pytest.approx(5 * sum(row.costs_usd["react_sonnet"] for row in rows))
    assert found.mean == 0
    assert found.sources[PAPER] == found.sources.total() - found.sources[PAPER] == 15
    assert not total("tokens", missing_of(sweep(TASKS, 5, agent="aide"), ()), fresh, CATALOG, ()).sources
    unpriced = total("cost_usd", missing_of(sweep(TASKS, 5, ("scripted/coin?p=0.5",)), ()), fresh, CATALOG, ["scripted/coin"])
    assert unpriced.unknown.total() == 15, "a scripted model with a price costs something"


def test_the_nearest_record_is_taken_and_no_other_kind_of_model(folder: str) -> None:
    recorded = read_records(None, [folder], "mini")
    assert not recorded.graded, "another folder's trials are to be run here"
    nearest = {
        "cell": sweep(TASKS[:1], 2),
        "task and arm": sweep(TASKS[:1], 2, steps=10),
        "arm": sweep(TASKS[2:], 2),
        "task": sweep(TASKS[:1], 2, ("openai/gpt-4o",)),
    }
    for level, spec in nearest.items():
        assert set(total("cost_usd", missing_of(spec, ()), recorded, CATALOG, ()).sources) == {SOURCES[level]}  # type: ignore[index]
    scripted = total("tokens", missing_of(sweep(TASKS[:1], 2, ("scripted/oracle",)), ()), recorded, CATALOG, ())
    assert scripted.unknown.total() == 2
    alone = total("cost_usd", missing_of(nearest["arm"], ()), recorded, CATALOG, ())
    apart = total("cost_usd", missing_of(nearest["task and arm"], ()), recorded, CATALOG, ())
    assert alone.variance > apart.variance  # type: ignore[operator]


def test_a_single_record_has_no_spread(tmp_path: Path) -> None:
    place = write(tmp_path / "one", sweep(TASKS[:1], 1), lambda made: made)
    recorded = read_records(None, [place], "mini")
    assert total("cost_usd", missing_of(sweep(TASKS[:1], 2), ()), recorded, CATALOG, ()).interval is None


def test_a_dry_run_says_it(folder: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-of-a-test")
    asked = ["--models", REAL, "--tasks", "nan_losses,boolq", "--seeds", "5", "--concurrency", "2", "--dry-run", "--out", folder]
    main(asked, standalone_mode=True)
    text = capsys.readouterr().out
    assert "6 of 10 trials are graded already; the 4 that are missing" in text
    assert "cost: 3.20 USD; 95 % " in text
    assert "tokens: 4,400" in text
    assert "time: 1:20 at 2 trials side by side" in text, "2 of 60 s and 2 of 20 s"
    assert f"4: {SOURCES['cell']}" in text
    assert "within-task variance 0.33 as recorded, alpha 0.05" in text, "of 0, 1, 1"
    main([*asked, "--seeds", "3"], standalone_mode=True)
    assert "6 of 6 trials are graded already; the 0 that are missing" in capsys.readouterr().out


@pytest.mark.parametrize("places", [["/nowhere"], ["s4://bucket/x"]])
def test_bad_records_are_one_line(places: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--agents", "oracle", "--tasks", "hello_world", "--dry-run", *(f"--estimate-from={p}" for p in places)]
    with pytest.raises(SystemExit) as stopped:
        main(asked)
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert message.startswith(f"error: --estimate-from '{places[0]}'")
    assert message.count("\n") == 1


def test_another_profile_is_nothing_to_go_by(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--agents", "oracle", "--tasks", "boolq", "--profile", "full", "--dry-run", "--estimate-from", folder])
    assert "profile mini" in capsys.readouterr().err


def makespan(seconds: Iterator[float], slots: int) -> float:
    """When the last trial ends, each taking the first slot that is free."""
    free = [0.0] * slots
    for s in seconds:
        heapq.heapreplace(free, free[0] + s)
    return max(free)


def test_the_longest_come_first_within_a_seed_and_nothing_else_changes(folder: str) -> None:
    recorded = read_records(folder, [], "mini")
    spec = sweep(TASKS, 3)
    trials = list(spec.trials(longest(recorded, CATALOG, "mini")))
    assert [t.task for t in trials[:3]] == ["channelvit", "boolq", "nan_losses"], "by its limit, 60 s, 20 s"
    assert [t.seed for t in trials] == [t.seed for t in spec.trials()]
    assert {t.key for t in trials} == {t.key for t in spec.trials()}


@pytest.mark.parametrize("seeds", [1, 2, 5])
def test_no_straggler_begins_last(seeds: int) -> None:
    """Against a listed order that ends with the longest task."""
    tasks = tuple(f"t{i}" for i in range(12))
    spec = SweepSpec((Arm(Named("a"), "d", None),), tuple((t, "d") for t in tasks), tuple(range(seeds)), "mini", (Limits(),))
    rng = random.Random(3)
    for straggler in (rng.uniform(20, 100) for _ in range(50)):
        took = {t: rng.uniform(1, 10) for t in tasks} | {tasks[-1]: straggler}

        def expected(task: str, arm: Arm, limits: Limits, took: dict[str, float] = took) -> float:
            return took[task]

        listed = makespan((took[t.task] for t in spec.trials()), 4)
        longest_first = makespan((took[t.task] for t in spec.trials(expected)), 4)
        assert longest_first < listed
