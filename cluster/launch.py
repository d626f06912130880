"""A sweep from checked options to its exit code: connect, place, run, report."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anyio

from cluster.connect import check_feasible, connect, nodes
from cluster.driver import Driver, Job
from cluster.metrics import Metrics
from cluster.rate_actor import start_rate_actor
from cluster.trial_actor import ActorConfig
from mldevbench import plan
from mldevbench.catalog import Catalog
from mldevbench.console import INTERRUPTED
from mldevbench.data import secret
from mldevbench.envs import TASK_REQUIREMENTS, is_task_environment_built, task_python
from mldevbench.gateway import Price, is_synthetic, price_known
from mldevbench.json_log import JsonLog
from mldevbench.keys import provider_keys
from mldevbench.outcome import Outcome, UserError, single_cause
from mldevbench.plan import SweepOptions
from mldevbench.progress import Progress, Tally
from mldevbench.redact import Secrets
from mldevbench.report import print_report
from mldevbench.report.text import last_line, plain, plain_lines
from mldevbench.results import ResultsWriter, SweepInfo, load
from mldevbench.results.storage import Storage
from mldevbench.spec import Resources, SweepSpec, TrialSpec, content_key
from mldevbench.status.heart import Heart
from mldevbench.watching import Watchers

GRADED, NOT_ALL_GRADED = 0, 1
Say = Callable[[str], None]
"""How a line is said before the first trial."""


def run_sweep(options: SweepOptions, sweep: SweepSpec, catalog: Catalog, out: str, summary_json: str | None) -> int:
    """Returns the exit code: 0 when every trial was graded, 1 when some were not, 130 when interrupted."""
    import ray

    log = JsonLog() if options.log_format == "json" else None
    say = log.say if log else Progress.say
    _warn_of_prices(options, sweep, log)
    _check_isolation(options)
    connect()
    try:
        sweep, shapes = place(options, sweep, catalog, say)
        writer = ResultsWriter.open(out, sweep_info(options, sweep, out))
        try:
            driver, tally = _drive(options, sweep, catalog, shapes, writer, out, log)
        finally:
            writer.close()
    finally:
        ray.shutdown()
    return conclude(driver, tally, out, summary_json, options.secrets(), log)


def _check_isolation(options: SweepOptions) -> None:
    """Raises UserError when the tier that was asked for does not hold on this machine, unless another cluster does the work."""
    if options.isolation is None or os.environ.get("RAY_ADDRESS"):
        return
    from mldevbench.sandbox.tiers import pick_tier

    pick_tier(task_python(), options.isolation)


def place(options: SweepOptions, sweep: SweepSpec, catalog: Catalog, say: Say) -> tuple[SweepSpec, dict[str, Resources]]:
    """The shape of each task on this cluster. Raises UserError when one fits nowhere and nothing else was asked for,
    or cannot be solved in the tier that was asked for.
    """
    needy = sorted(task for task, _ in sweep.tasks if catalog.task(task).profile(sweep.profile).proc)
    if needy and options.isolation == "bwrap-noproc":
        mend = "leave them out, or use another --isolation"
        raise UserError(f"tasks {', '.join(needy)} need /proc, which isolation bwrap-noproc does not show; {mend}")
    shapes = plan.shapes(sweep, catalog)
    have = nodes()
    homeless = {t for t, s in shapes.items() if s.gpus and not any(n.holds(s) for n in have)}
    if homeless and options.on_missing_gpu == "cpu":
        shapes |= {t: Resources(shapes[t].cpus, 0.0, shapes[t].memory) for t in homeless}
        say(f"no node has the GPU asked for: {', '.join(sorted(homeless))} run on the CPU")
    elif homeless and options.on_missing_gpu == "skip":
        kept = tuple((t, d) for t, d in sweep.tasks if t not in homeless)
        if not kept:
            raise UserError("--on-missing-gpu skip leaves no task; choose others or use a cluster with GPUs")
        say(f"no node has the GPU asked for: {', '.join(sorted(homeless))} left out")
        sweep = SweepSpec(sweep.arms, kept, sweep.seeds, sweep.profile, sweep.limits)
        shapes = {t: s for t, s in shapes.items() if t not in homeless}
    check_feasible(shapes, have)
    return sweep, shapes


def _drive(
    options: SweepOptions,
    sweep: SweepSpec,
    catalog: Catalog,
    shapes: dict[str, Resources],
    writer: ResultsWriter,
    out: str,
    log: JsonLog | None,
) -> tuple[Driver, Tally]:
    tally = _tally(sweep, writer)
    heart, metrics = Heart(Storage.at(out), tally, options.secrets()), Metrics(writer.name, tally)
    progress = Progress(tally)
    shown: JsonLog | Progress = log or progress
    shown.sweep_started(writer.name, writer.place, tally)
    if not is_task_environment_built():
        shown.say("building the task environment first (torch and what the tasks use: about 7 GB, once a machine)")
    for line in plan.environments(sweep, catalog):
        shown.say(line)
    config = ActorConfig(
        sweep=writer.id,
        isolation=options.isolation,
        allow_unsandboxed=options.allow_unsandboxed or all(a.model is None or is_synthetic(a.model) for a in sweep.arms),
        keys=provider_keys(),
        secret=secret.value().hex(),
        prices=dict(Price.parse(p) for p in options.prices),
        api_bases=options.api_base_map(),
        rates=start_rate_actor(),
    )
    job = Job(
        trials=_missing(sweep, writer),
        catalog=catalog,
        shapes=shapes,
        writer=writer,
        watcher=Watchers(tally, shown, metrics, heart),
        config=config,
        concurrency=options.concurrency,
        retries=options.retries,
    )
    driver = Driver(job)
    try:
        with nullcontext() if log else progress:
            _run(driver)
    except BaseException as error:
        heart.end("broken", f"{type(single_cause(error)).__name__}: {last_line(str(single_cause(error)))}")
        raise
    metrics.end()
    heart.end("interrupted" if driver.interrupted else "gave_up" if driver.gave_up else "finished", driver.gave_up)
    return driver, tally


def _run(driver: Driver) -> None:
    try:
        anyio.run(driver.run)
    except BaseExceptionGroup as error:
        if not isinstance(single_cause(error), KeyboardInterrupt):
            raise


def _missing(sweep: SweepSpec, writer: ResultsWriter) -> Iterator[TrialSpec]:
    return (spec for spec in sweep.trials() if spec.key not in writer.finished)


def _tally(sweep: SweepSpec, writer: ResultsWriter) -> Tally:
    before = passed = 0
    if writer.finished:
        for spec in sweep.trials():
            if spec.key in writer.finished:
                before += 1
                passed += writer.finished[spec.key] is Outcome.PASSED
    return Tally(total=len(sweep), before=before, passed_before=passed)


def _warn_of_prices(options: SweepOptions, sweep: SweepSpec, log: JsonLog | None) -> None:
    prices = dict(Price.parse(p) for p in options.prices)
    for model in dict.fromkeys(a.model for a in sweep.arms if a.model):
        if not price_known(model, prices):
            mend = "its cost is recorded as null (set one with --price)"
            words = f"no price is known for {plain(str(model))}; {mend}"
            log.note(words, "no_price") if log else print(f"warning: {words}", file=sys.stderr)


def sweep_info(options: SweepOptions, sweep: SweepSpec, out: str) -> SweepInfo:
    """What sweep.json says of this run."""
    resolved = {
        "options": options.model_dump(mode="json", exclude={"api_bases"}),
        "arms": [{"agent": str(a.agent), "digest": a.agent_digest, "model": a.model and str(a.model)} for a in sweep.arms],
        "tasks": dict(sweep.tasks),
        "seeds": list(sweep.seeds),
        "limits": [asdict(limits) for limits in sweep.limits],
        "task_environment": content_key(TASK_REQUIREMENTS.read_text()),
        "command": command(out),
    }
    name = options.name or out.partition("?")[0].rsplit("/", 1)[-1]
    secrets = options.secrets()  # `--out` may hold some
    return SweepInfo(secrets.hide(name), sweep.profile, secrets.hide(resolved))


def conclude(
    driver: Driver, tally: Tally, out: str, summary_json: str | None, secrets: Secrets, log: JsonLog | None = None
) -> int:
    """Says how it ended, where the results lie and how to go on, and writes the summary."""
    summary = _summary(driver, tally, out)
    if log:
        log.sweep_ended(summary, command(out))
    else:
        _print_end(driver, tally, out)
    if summary_json:
        Path(summary_json).write_text(json.dumps(secrets.hide(summary), indent=1) + "\n")
    if driver.interrupted:
        return INTERRUPTED
    return NOT_ALL_GRADED if tally.missing else GRADED


def _print_end(driver: Driver, tally: Tally, out: str) -> None:
    results = load(out)
    print()
    print_report(results)
    place = plain_lines(out)
    print(f"\nResults: {place}  (open with mldevbench.load({place!r}), or any Parquet reader on {place}/trials/*.parquet)")
    if driver.gave_up:
        print(f"Stopped early: {plain(driver.gave_up)}")
    if tally.missing:
        print(f"{tally.missing} of {tally.total} trials are not graded. To resume: {command(out)}")
    else:
        print(f"All {tally.total} trials are graded. To extend, add seeds, tasks, agents, models or limits: {command(out)}")


def _summary(driver: Driver, tally: Tally, out: str) -> dict[str, Any]:
    return {
        "out": out,
        "trials": tally.total,
        "graded_before": tally.before,
        "outcomes": {str(o): n for o, n in sorted(tally.outcomes.items())},
        "missing": tally.missing,
        "cost_usd": None if tally.unpriced else tally.cost_usd,
        "seconds": round(tally.elapsed_s, 3),
        "interrupted": driver.interrupted,
        "gave_up": driver.gave_up,
    }


def command(out: str) -> str:
    """What resumes or extends this sweep, as it was called."""
    given = sys.argv[1:]
    if not any(a == "--out" or a.startswith("--out=") for a in given):
        given = [*given, "--out", out]
    if given[:1] == ["sweep"]:
        given = given[1:]
    return plain_lines("python -m mldevbench.sweep " + shlex.join(given))
