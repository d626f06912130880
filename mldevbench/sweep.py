"""`python -m mldevbench.sweep`: runs a sweep on Ray, here or in a Ray job; the same command again resumes or extends it."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mldevbench.console import Command
from mldevbench.outcome import UserError
from mldevbench.plan import SweepOptions, environments, read_options, resolve, shapes
from mldevbench.report.text import plain
from mldevbench.spec import SweepSpec

if TYPE_CHECKING:
    from mldevbench.catalog import Catalog


@click.command(cls=Command)
@click.argument("spec", required=False, metavar="[SPEC.yaml]")
@click.option("--agents", help="Agents, separated by commas; arguments as name?key=value.  [react]")
@click.option("--models", help="litellm model names or scripted/..., separated by commas.")
@click.option("--tasks", help="all, paper, category:NAME or task ids, separated by commas.  [all]")
@click.option("--seeds", help="A count (5), a range (0-9) or a list (1,3,7).  [5]")
@click.option("--profile", help="mini or full.  [mini]")
@click.option("--max-steps", help="Model answers a trial; a list is a grid.  [50]")
@click.option("--max-time", help="Seconds of solving, waiting excluded; a list is a grid.  [the task's own]")
@click.option("--max-tokens", help="Tokens in and out a trial; a list is a grid.")
@click.option("--max-trial-cost-usd", help="US dollars a trial; a list is a grid.")
@click.option("--max-cost-usd", help="US dollars that all trials of the results folder may cost together.")
@click.option("--concurrency", help="Trials in flight.  [16]")
@click.option("--retries", help="Further attempts after an infrastructure error.  [2]")
@click.option("--retry", help="Only trials that ended so: infra, grader, cancelled, separated by commas.  [all that are missing]")
@click.option("--patience", help="Seconds in which a model or task that fails everywhere is tried again.  [600]")
@click.option("--out", help="Results folder or object-store address.  [results/<time>]")
@click.option("--name", help="Name of the sweep.  [the last part of --out]")
@click.option("--price", "prices", multiple=True, help="MODEL=IN,OUT[,CACHED] in US dollars per million tokens.")
@click.option("--rpm", "rpms", multiple=True, help="PROVIDER=N: calls a minute that it allows.  [learned]")
@click.option("--tpm", "tpms", multiple=True, help="PROVIDER=N: tokens a minute that it allows.  [learned]")
@click.option("--api-base", "api_bases", multiple=True, help="PROVIDER=URL: another address for a provider.")
@click.option("--isolation", help="Force a sandbox tier; `mldevbench doctor` lists them.  [the strongest that works]")
@click.option("--allow-unsandboxed", is_flag=True, default=None, help="Go on without a sandbox, with real models too.")
@click.option("--on-missing-gpu", help="error, skip the task, or run it on the cpu.  [error]")
@click.option("--wait-for-nodes", is_flag=True, default=None, help="Start though no node is large enough yet (autoscaling).")
@click.option("--log-format", help="text, or json: everything that is printed is an event, one a line.  [text]")
@click.option("--summary-json", type=click.Path(dir_okay=False), help="Write a summary there.")
@click.option("--dry-run", is_flag=True, help="Say what would be run and about what it costs, and run nothing.")
@click.option("--estimate-from", "records", multiple=True, metavar="RESULTS", help="With --dry-run: other results to go by.")
def main(spec: str | None, summary_json: str | None, dry_run: bool, records: tuple[str, ...], **given: Any) -> None:
    """Runs agents x models x tasks x seeds on Ray and records every trial.

    The same command again runs only what is missing; more seeds, tasks, agents, models or limits add to what is there.
    """
    from mldevbench.catalog import Catalog

    options = read_options(spec, {key: value or None for key, value in given.items()})
    options.secrets().guard_output()
    catalog = Catalog()
    sweep = resolve(options, catalog)
    out = results_place(options)
    if summary_json and not Path(summary_json).absolute().parent.is_dir():
        raise UserError(f"--summary-json {summary_json!r}: there is no such folder; make it first")
    if dry_run:
        describe(options, sweep, catalog, records)
        return
    if records:
        raise UserError(f"--estimate-from {records[0]!r} is for --dry-run alone; add it, or leave this out")
    from cluster.connect import set_environment

    set_environment()
    from cluster.launch import run_sweep

    sys.exit(run_sweep(options, sweep, catalog, out, summary_json))


def results_place(options: SweepOptions) -> str:
    """Where the results go. In a Ray job a relative path would lie in the job's temporary folder, and be lost with it."""
    from cluster.connect import in_job

    out = options.out or time.strftime("results/%Y%m%d-%H%M%S")
    if "://" in out:
        return out.rstrip("/")
    if in_job() and not Path(out).is_absolute():
        raise UserError(
            f"--out {out!r} is relative, and a Ray job's working folder is temporary; give an absolute path or address"
        )
    return out.rstrip("/")


def describe(options: SweepOptions, sweep: SweepSpec, catalog: Catalog, records: Sequence[str]) -> None:
    """What a sweep would run, what it would cost and take, and how small a difference it could show."""
    from mldevbench.estimate import estimate, missing_of, read_records
    from mldevbench.gateway import Price
    from mldevbench.stats import detectable_difference

    recorded = read_records(options.out, records, sweep.profile)

    arms = ", ".join(f"{a.agent}" + (f" with {a.model}" if a.model else "") for a in sweep.arms)
    sizes = f"{len(sweep.tasks)} task(s) x {len(sweep.seeds)} seed(s)"
    print(f"{len(sweep)} trials: {len(sweep.arms)} arm(s) ({plain(arms)}) x {sizes}")
    print(f"  x {len(sweep.limits)} set(s) of limits, profile {sweep.profile}")
    asked = {(task, shape) for (task, _), shape in shapes(sweep, catalog).items()}
    for shape, count in sorted(Counter(str(shape) for _, shape in asked).items()):
        print(f"  {count} task(s) ask for {shape}")
    for line in environments(sweep, catalog):
        print(f"  {line}")
    priced = {Price.parse(p)[0] for p in options.prices}
    for line in estimate(sweep, recorded, catalog, concurrency=options.concurrency, priced=priced):
        print(f"  {line}")
    seen = recorded.within(missing_of(sweep, ()))
    within = 0.10 if seen is None else seen
    variance = f"within-task variance {within:.2f}{'' if seen is None else ' as recorded'}"
    difference = detectable_difference(len(sweep.tasks), len(sweep.seeds), within_a=within, within_b=within)
    points = f"{variance}, alpha 0.05, power 0.8): {100 * difference:.1f} points"
    print(f"  detectable difference between two arms on these tasks ({points}")


if __name__ == "__main__":
    main()
