"""A sweep from checked options to its exit code: connect, place, run, report."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import anyio

from cluster.connect import check_feasible, connect, nodes
from cluster.driver import Driver, Job
from cluster.rate_actor import start_rate_actor
from cluster.trial_actor import ActorConfig
from mldevbench import plan
from mldevbench.catalog import Catalog
from mldevbench.console import INTERRUPTED
from mldevbench.data import secret
from mldevbench.envs import TASK_REQUIREMENTS, is_task_environment_built, task_python
from mldevbench.gateway import Price, is_synthetic, price_known
from mldevbench.keys import provider_keys
from mldevbench.outcome import Outcome, UserError, single_cause
from mldevbench.plan import SweepOptions
from mldevbench.progress import Progress, Tally
from mldevbench.redact import Secrets
from mldevbench.report import print_report
from mldevbench.report.text import plain, plain_lines
from mldevbench.results import ResultsWriter, SweepInfo, load
from mldevbench.spec import Resources, SweepSpec, TrialSpec, content_key

GRADED, NOT_ALL_GRADED = 0, 1


def run_sweep(options: SweepOptions, sweep: SweepSpec, catalog: Catalog, out: str, summary_json: str | None) -> int:
    """Returns the exit code: 0 when every trial was graded, 1 when some were not, 130 when interrupted."""
    import ray

    _warn_of_prices(options, sweep)
    _check_isolation(options)
    connect()
    try:
        sweep, shapes = place(options, sweep, catalog)
        writer = ResultsWriter.open(out, sweep_info(options, sweep, out))
        try:
            driver, tally = _drive(options, sweep, catalog, shapes, writer)
        finally:
            writer.close()
    finally:
        ray.shutdown()
    return conclude(driver, tally, out, summary_json, options.secrets())


def _check_isolation(options: SweepOptions) -> None:
    """Raises UserError when the tier that was asked for does not hold on this machine, unless another cluster does the work."""
    if options.isolation is None or os.environ.get("RAY_ADDRESS"):
        return
    from mldevbench.sandbox.tiers import pick_tier

    pick_tier(task_python(), options.isolation)


def place(options: SweepOptions, sweep: SweepSpec, catalog: Catalog) -> tuple[SweepSpec, dict[str, Resources]]:
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
        print(f"no node has the GPU asked for: {', '.join(sorted(homeless))} run on the CPU", flush=True)
    elif homeless and options.on_missing_gpu == "skip":
        kept = tuple((t, d) for t, d in sweep.tasks if t not in homeless)
        if not kept:
            raise UserError("--on-missing-gpu skip leaves no task; choose others or use a cluster with GPUs")
        print(f"no node has the GPU asked for: {', '.join(sorted(homeless))} left out", flush=True)
        sweep = SweepSpec(sweep.arms, kept, sweep.seeds, sweep.profile, sweep.limits)
        shapes = {t: s for t, s in shapes.items() if t not in homeless}
    check_feasible(shapes, have)
    return sweep, shapes


def _drive(
    options: SweepOptions, sweep: SweepSpec, catalog: Catalog, shapes: dict[str, Resources], writer: ResultsWriter
) -> tuple[Driver, Tally]:
    tally = _tally(sweep, writer)
    print(f"{len(sweep)} trials, {tally.before} of them already graded; results in {plain_lines(writer.place)}", flush=True)
    if not is_task_environment_built():
        print("building the task environment first (torch and what the tasks use: about 7 GB, once a machine)", flush=True)
    for line in plan.environments(sweep, catalog):
        print(line, flush=True)
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
    with Progress(tally) as progress:
        job = Job(
            trials=_missing(sweep, writer),
            catalog=catalog,
            shapes=shapes,
            writer=writer,
            watcher=progress,
            config=config,
            concurrency=options.concurrency,
            retries=options.retries,
        )
        driver = Driver(job)
        try:
            anyio.run(driver.run)
        except BaseExceptionGroup as error:
            if not isinstance(single_cause(error), KeyboardInterrupt):
                raise
    return driver, tally


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


def _warn_of_prices(options: SweepOptions, sweep: SweepSpec) -> None:
    prices = dict(Price.parse(p) for p in options.prices)
    for model in dict.fromkeys(a.model for a in sweep.arms if a.model):
        if not price_known(model, prices):
            mend = "its cost is recorded as null (set one with --price)"
            print(f"warning: no price is known for {plain(str(model))}; {mend}", file=sys.stderr)


def sweep_info(options: SweepOptions, sweep: SweepSpec, out: str) -> SweepInfo:
    """What sweep.json says of this run."""
    resolved = {
        "options": options.model_dump(mode="json", exclude={"api_bases"}),
        "arms": [{"agent": str(a.agent), "digest": a.agent_digest, "model": a.model and str(a.model)} for a in sweep.arms],
        "tasks": dict(sweep.tasks),
        "seeds": list(sweep.seeds),
        "limits": [asdict(limits) for limits in sweep.limits],
        "task_environment": content_key(TASK_REQUIREMENTS.read_text()),
    }
    name = options.name or out.partition("?")[0].rsplit("/", 1)[-1]
    secrets = options.secrets()  # `--out` may hold some
    return SweepInfo(secrets.hide(name), sweep.profile, secrets.hide(resolved))


def conclude(driver: Driver, tally: Tally, out: str, summary_json: str | None, secrets: Secrets) -> int:
    """Prints the table, where the results lie and how to go on."""
    results = load(out)
    print()
    print_report(results)
    place = plain_lines(out)
    print(f"\nResults: {place}  (open with mldevbench.load({place!r}), or any Parquet reader on {place}/trials/*.parquet)")
    if results.unsealed:
        print(
            f"{results.unsealed} attempts lie in its journal only, which other readers do not see, for they could not be sealed"
        )
    missing = tally.total - tally.before - sum(n for o, n in tally.outcomes.items() if o.graded)
    if driver.gave_up:
        print(f"Stopped early: {plain(driver.gave_up)}")
    if missing:
        print(f"{missing} of {tally.total} trials are not graded. To resume: {_command(out)}")
    else:
        print(f"All {tally.total} trials are graded. To extend, add seeds, tasks, agents, models or limits: {_command(out)}")
    if summary_json:
        summary = {
            "out": out,
            "trials": tally.total,
            "graded_before": tally.before,
            "outcomes": {str(o): n for o, n in sorted(tally.outcomes.items())},
            "missing": missing,
            "cost_usd": None if tally.unpriced else tally.cost_usd,
            "seconds": round(tally.elapsed_s, 3),
            "interrupted": driver.interrupted,
            "gave_up": driver.gave_up,
        }
        Path(summary_json).write_text(json.dumps(secrets.hide(summary), indent=1) + "\n")
    if driver.interrupted:
        return INTERRUPTED
    return NOT_ALL_GRADED if missing else GRADED


def _command(out: str) -> str:
    given = sys.argv[1:]
    if not any(a == "--out" or a.startswith("--out=") for a in given):
        given = [*given, "--out", out]
    if given[:1] == ["sweep"]:
        given = given[1:]
    return plain_lines("python -m mldevbench.sweep " + shlex.join(given))
