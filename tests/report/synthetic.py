"""Results folders of any size with known rates, for tests and for looking at: `python -m tests.report.synthetic DIR SEEDS`."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from mldevbench.catalog import Catalog, Task
from mldevbench.outcome import Check, Event, Metric, Outcome, StopReason, Timings, TrialRecord, Usage
from mldevbench.results import ResultsWriter, SweepInfo
from mldevbench.spec import Arm, Limits, Named, SweepSpec, TrialSpec

STRENGTH = {"anthropic/strong": 0.65, "openai/middling": 0.45, "openai/cheap": 0.25, "scripted/coin?p=0.5": 0.5}
BATCH = 2000


def sweep(tasks: Sequence[Task], seeds: int, models: Sequence[str] = tuple(STRENGTH), limits: Sequence[int] = (50,)) -> SweepSpec:
    arms = tuple(Arm(Named("react"), "a1", Named.parse(model)) for model in models)
    pairs = tuple((t.id, "t1") for t in tasks)
    return SweepSpec(arms, pairs, tuple(range(seeds)), "mini", tuple(Limits(max_steps=n) for n in limits))


def record(trial: TrialSpec, task: Task, rng: random.Random, strength: float) -> TrialRecord:
    """A trial whose chance depends on the task and the model; one in a hundred is an infrastructure error."""
    ease = random.Random(task.id).choice([-0.45, -0.25, 0.0, 0.25, 0.4])
    steps = rng.randint(4, trial.limits.max_steps or 50)
    broken = rng.random() < 0.01
    passed = not broken and rng.random() < min(0.98, max(0.0, strength + ease))
    outcome = Outcome.INFRA_ERROR if broken else Outcome.PASSED if passed else Outcome.FAILED
    tokens = steps * rng.randint(800, 2500)
    metrics = (Metric("holdout_accuracy", min(1.0, strength + ease / 2 + rng.gauss(0.1, 0.05)), "fraction"),)
    return TrialRecord(
        trial_key=trial.key,
        attempt=1,
        trial=trial.to_dict(),
        labels=task.labels,
        outcome=outcome,
        stop_reason=None if broken else StopReason.SUBMITTED if passed or steps < 45 else StopReason.MAX_STEPS,
        error_kind="provider_down" if broken else None,
        error="503 from the provider" if broken else None,
        started_at=1.7e9,
        node="n",
        isolation="bwrap",
        synthetic_model=str(trial.model).startswith("scripted/"),
        usage=Usage(steps, steps + 1, tokens, steps * 90, 0, 0, tokens * 3e-6, 0.1),
        timings=timings(rng),
        checks=(Check("works", passed, "<script>alert(1)</script>"),),
        metrics=metrics if task.file.category in ("performance", "model_training") and not broken else (),
        events=(Event(0, 0.1, "note", {"text": "<img src=x onerror=alert(1)>"}),),
    )


def timings(rng: random.Random) -> Timings:
    """A model that takes most of the time, commands beside it, and two seconds of the runner's own."""
    prepare, solve, grade, waited, grade_waited = (
        rng.uniform(0.1, 1),
        rng.lognormvariate(4.5, 0.6),
        rng.uniform(0.2, 4),
        rng.expovariate(0.3),
        rng.uniform(0, 1),
    )
    return Timings(
        prepare_s=prepare,
        solve_s=solve,
        grade_s=grade,
        waited_s=waited,
        wall_s=prepare + solve + grade + waited + grade_waited + 2.0,
        model_s=0.6 * solve,
        command_s=0.35 * solve,
        idle_s=0.1 * solve,
        waited_rate_s=0.3 * waited,
        waited_cpu_s=0.7 * waited,
        waited_gpu_s=0.0,
        grade_waited_s=grade_waited,
    )


def write(out: Path, spec: SweepSpec, tasks: Sequence[Task], strengths: Mapping[str, float] = STRENGTH, seed: int = 1) -> None:
    arms = [{"agent": str(a.agent), "digest": a.agent_digest, "model": a.model and str(a.model)} for a in spec.arms]
    plan = {"arms": arms, "tasks": dict(spec.tasks), "seeds": spec.seeds, "limits": [asdict(limits) for limits in spec.limits]}
    writer = ResultsWriter.open(str(out), SweepInfo(out.name, "mini", plan))
    rng, by_id = random.Random(seed), {t.id: t for t in tasks}
    batch: list[tuple[TrialRecord, bytes | None]] = []
    for trial in spec.trials():
        batch.append((record(trial, by_id[trial.task], rng, strengths[str(trial.model)]), None))
        if len(batch) == BATCH:
            writer.append_many(batch)
            batch = []
    writer.append_many(batch)
    writer.close()


def all_tasks() -> list[Task]:
    return list(Catalog().tasks.values())


if __name__ == "__main__":
    found = all_tasks()
    write(Path(sys.argv[1]), sweep(found, int(sys.argv[2]), limits=[int(n) for n in sys.argv[3:]] or (50,)), found)
