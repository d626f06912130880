"""A sweep from checked options to its exit code: connect, place, run, report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict
from typing import Any

import anyio

from cluster.budget import SweepBudget
from cluster.connect import connect
from cluster.driver import Driver, Job
from cluster.ending import command, conclude
from cluster.metrics import Metrics
from cluster.placing import Say, Shapes, place
from cluster.rate_actor import start_rate_actor
from cluster.trial_actor import ActorConfig
from mldevbench import plan
from mldevbench.catalog import Catalog
from mldevbench.data import secret
from mldevbench.envs import TASK_REQUIREMENTS, is_task_environment_built, task_python
from mldevbench.gateway import is_synthetic, price_known
from mldevbench.json_log import JsonLog
from mldevbench.keys import provider_keys
from mldevbench.outcome import Outcome, UserError, single_cause
from mldevbench.plan import SweepOptions
from mldevbench.progress import Progress, Tally
from mldevbench.recorded import Recorded, longest
from mldevbench.report.text import last_line, plain
from mldevbench.results import ResultsWriter, SweepInfo, load
from mldevbench.results.storage import Storage
from mldevbench.spec import Arm, Limits, SweepSpec, TrialSpec, content_key
from mldevbench.status.heart import Heart
from mldevbench.status.pulse import End
from mldevbench.watching import Watchers

_RETRY = {"infra": Outcome.INFRA_ERROR, "grader": Outcome.GRADER_ERROR, "cancelled": Outcome.CANCELLED}


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
            missing = sum(spec.key not in writer.finished for spec in sweep.trials())
        finally:
            writer.close()
    finally:
        ray.shutdown()
    return conclude(driver, tally, missing, out, summary_json, options.secrets(), log)


def _check_isolation(options: SweepOptions) -> None:
    """Raises UserError when the tier that was asked for does not hold on this machine, unless another cluster does the work."""
    if options.isolation is None or os.environ.get("RAY_ADDRESS"):
        return
    from mldevbench.sandbox.tiers import pick_tier

    pick_tier(task_python(), options.isolation)


def _drive(
    options: SweepOptions,
    sweep: SweepSpec,
    catalog: Catalog,
    shapes: Shapes,
    writer: ResultsWriter,
    out: str,
    log: JsonLog | None,
) -> tuple[Driver, Tally]:
    tally = _tally(sweep, writer)
    heart, metrics = Heart(Storage.at(out), tally, options.secrets()), Metrics(writer.name, tally)
    progress = Progress(tally)
    shown: JsonLog | Progress = log or progress
    shown.sweep_started(writer.name, writer.place, tally)
    budget = SweepBudget.of(options.max_cost_usd, out)
    if budget.limit_usd is not None and budget.spent_usd:
        shown.say(f"--max-cost-usd {budget.limit_usd:g}: {budget.spent_usd:.4f} USD of it are spent already")
    for line in _changes(sweep, writer.runs):
        shown.say(line)
    trials = _chosen(sweep, writer, options.retry, shown.say, longest(_recorded(writer, out), catalog, sweep.profile))
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
        prices=options.price_map(),
        api_bases=options.api_base_map(),
        rates=start_rate_actor(options.rate_limits(), budget.for_rates()),
        has_budget=budget.limit_usd is not None,
    )
    budget.rates = config.rates
    job = Job(
        trials=trials,
        catalog=catalog,
        shapes=shapes,
        writer=writer,
        watcher=Watchers(tally, budget, shown, metrics, heart),
        config=config,
        concurrency=options.concurrency,
        retries=options.retries,
        patience_s=options.patience,
        budget=budget,
    )
    driver = Driver(job)
    try:
        with nullcontext() if log else progress:
            _run(driver)
    except BaseException as error:
        heart.end("broken", f"{type(single_cause(error)).__name__}: {last_line(str(single_cause(error)))}")
        raise
    metrics.end()
    how: End = "interrupted" if driver.interrupted else "gave_up" if driver.given_up else "finished"
    heart.end(how, "; ".join(driver.given_up) or None)
    return driver, tally


def _run(driver: Driver) -> None:
    try:
        anyio.run(driver.run)
    except BaseExceptionGroup as error:
        if not isinstance(single_cause(error), KeyboardInterrupt):
            raise


def _recorded(writer: ResultsWriter, out: str) -> Recorded:
    """What the trials that are there already took; nothing, where they cannot be read: it is for their order only."""
    with suppress(UserError):
        return Recorded.of([load(out)] if writer.finished else [])
    return Recorded()


def _chosen(
    sweep: SweepSpec, writer: ResultsWriter, retry: Sequence[str], say: Say, expected: Callable[[str, Arm, Limits], float]
) -> Callable[[], Iterable[TrialSpec]]:
    """All trials, or those whose last attempt ended as `retry` says; of each seed the longest first."""
    if not retry:
        return lambda: sweep.trials(expected)
    outcomes = {_RETRY[word] for word in retry}
    keys = {key for key, outcome in writer.unfinished.items() if outcome in outcomes}
    say(f"--retry {','.join(retry)}: {sum(s.key in keys for s in sweep.trials())} of them are tried again, and no others")
    return lambda: (spec for spec in sweep.trials(expected) if spec.key in keys)


def _changes(sweep: SweepSpec, runs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What is not as it was when this folder last held it: its trials are new ones. The last of `runs` is this one."""
    tasks = {task: digest for run in runs[:-1] for task, digest in run["tasks"].items()}
    agents = {arm["agent"]: arm["digest"] for run in runs[:-1] for arm in run["arms"]}
    changed = [f"task {task}" for task, digest in sweep.tasks if tasks.get(task, digest) != digest]
    now = {str(arm.agent): arm.agent_digest for arm in sweep.arms}
    changed += [f"agent {agent}" for agent, digest in now.items() if agents.get(agent, digest) != digest]
    for what in changed:
        yield f"{plain(what)} has changed since: its trials are new ones; the earlier results stay, and are reported no more"


def _tally(sweep: SweepSpec, writer: ResultsWriter) -> Tally:
    before = passed = 0
    if writer.finished:
        for spec in sweep.trials():
            if spec.key in writer.finished:
                before += 1
                passed += writer.finished[spec.key] is Outcome.PASSED
    return Tally(total=len(sweep), before=before, passed_before=passed)


def _warn_of_prices(options: SweepOptions, sweep: SweepSpec, log: JsonLog | None) -> None:
    prices = options.price_map()
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
