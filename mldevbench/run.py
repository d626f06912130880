"""`mldevbench run TASK`: one trial in this process, without Ray, for looking closely."""

from __future__ import annotations

import sys

import anyio
import click

from mldevbench.catalog import Catalog
from mldevbench.console import Command
from mldevbench.gateway import Price, is_synthetic
from mldevbench.keys import provider_keys
from mldevbench.local import local_node
from mldevbench.outcome import Event, TrialRecord
from mldevbench.plan import read_options, resolve
from mldevbench.report.text import check_line, metric_line, plain
from mldevbench.spec import TrialSpec
from mldevbench.trial import run_trial

SHOWN = 600
"""Characters of one event that are printed."""


@click.command(cls=Command)
@click.argument("task")
@click.option("--agent", default="react", show_default=True)
@click.option("--model", help="litellm model name or scripted/...")
@click.option("--seed", default=0, show_default=True)
@click.option("--profile", default="mini", show_default=True)
@click.option("--max-steps", default="50", show_default=True)
@click.option("--max-time", help="Seconds of solving.")
@click.option("--price", "prices", multiple=True, help="MODEL=IN,OUT[,CACHED] in US dollars per million tokens.")
@click.option("--api-base", "api_bases", multiple=True, help="PROVIDER=URL: another address for a provider.")
@click.option("--isolation", help="Force a sandbox tier; `mldevbench doctor` lists them.")
def main(
    task: str,
    agent: str,
    model: str | None,
    seed: int,
    profile: str,
    max_steps: str,
    max_time: str | None,
    prices: tuple[str, ...],
    api_bases: tuple[str, ...],
    isolation: str | None,
) -> None:
    """Runs one trial in this process and prints its steps, its checks and its outcome; nothing is recorded."""
    given = {
        "agents": agent,
        "models": model,
        "tasks": task,
        "seeds": f"{seed}-{seed}",
        "profile": profile,
        "max_steps": max_steps,
        "max_time": max_time,
        "prices": prices or None,
        "api_bases": api_bases or None,
    }
    options = read_options(None, given)
    options.secrets().guard_output()
    catalog = Catalog()
    (spec,) = resolve(options, catalog).trials()
    known: dict[str, Price] = dict(Price.parse(p) for p in options.prices)
    record = anyio.run(_run, spec, catalog, isolation, known, options.api_base_map())
    _conclude(record)
    sys.exit(0 if record.outcome.graded else 1)


async def _run(
    spec: TrialSpec, catalog: Catalog, isolation: str | None, prices: dict[str, Price], api_bases: dict[str, str]
) -> TrialRecord:
    scripted = spec.model is None or is_synthetic(spec.model)
    async with local_node(
        isolation=isolation, allow_unsandboxed=scripted, keys=provider_keys(), prices=prices, api_bases=api_bases
    ) as node:
        print(f"{plain(str(spec))}  (profile {spec.profile}, isolation {node.tier}, key {spec.key})")
        return (await run_trial(spec, catalog=catalog, node=node, on_event=_show)).record


def _show(event: Event) -> None:
    text = "  ".join(f"{k}={v}" for k, v in event.data.items() if v not in (None, "", []))
    text = plain(text)
    cut = f" ... ({len(text) - SHOWN} characters more)" if len(text) > SHOWN else ""
    print(f"[{event.at_s:7.2f} s] {plain(event.kind):12} {text[:SHOWN]}{cut}", flush=True)


def _conclude(record: TrialRecord) -> None:
    for check in record.checks:
        print(f"  {check_line(check)}")
    for metric in record.metrics:
        print(f"  {metric_line(metric)}")
    usage, timings = record.usage, record.timings
    cost = "unknown (no price)" if usage.cost_usd is None else f"${usage.cost_usd:.4f}"
    stop = f" ({record.stop_reason})" if record.stop_reason else ""
    synthetic = "  (scripted model)" if record.synthetic_model else ""
    print(
        f"{record.outcome}{stop}{synthetic}: {usage.steps} steps, {usage.calls} calls, "
        f"{usage.tokens_in} + {usage.tokens_out} tokens, cost {cost}; prepare {timings.prepare_s:.1f} s, "
        f"solve {timings.solve_s:.1f} s, grade {timings.grade_s:.1f} s, waited {timings.waited_s:.1f} s"
    )
    if record.error:
        print(plain(f"{record.error_kind}: {record.error}"), file=sys.stderr)
