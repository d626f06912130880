"""What a sweep says when it is over: the table, where the results lie, and how to go on."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

from cluster.driver import Driver
from mldevbench.console import INTERRUPTED
from mldevbench.json_log import JsonLog
from mldevbench.progress import Tally
from mldevbench.redact import Secrets
from mldevbench.report import print_report
from mldevbench.report.text import plain, plain_lines
from mldevbench.results import load

GRADED, NOT_ALL_GRADED = 0, 1


def conclude(
    driver: Driver, tally: Tally, missing: int, out: str, summary_json: str | None, secrets: Secrets, log: JsonLog | None = None
) -> int:
    """Says how it ended, where the results lie and how to go on, and writes the summary."""
    summary = _summary(driver, tally, missing, out)
    if log:
        log.sweep_ended(summary, command(out))
    else:
        _print_end(driver, tally, missing, out)
    if summary_json:
        Path(summary_json).write_text(json.dumps(secrets.hide(summary), indent=1) + "\n")
    if driver.interrupted:
        return INTERRUPTED
    return NOT_ALL_GRADED if missing else GRADED


def _print_end(driver: Driver, tally: Tally, missing: int, out: str) -> None:
    results = load(out)
    print()
    print_report(results)
    place = plain_lines(out)
    print(f"\nResults: {place}  (open with mldevbench.load({place!r}), or any Parquet reader on {place}/trials/*.parquet)")
    if results.unsealed:
        print(f"{results.unsealed} attempts lie in its journal only, which other readers do not see: they could not be sealed")
    for reason in driver.given_up:
        print(f"Given up for this run: {plain(reason)}")
    if missing:
        print(f"{missing} of {tally.total} trials are not graded. To resume: {command(out)}")
    else:
        print(f"All {tally.total} trials are graded. To extend, add seeds, tasks, agents, models or limits: {command(out)}")


def _summary(driver: Driver, tally: Tally, missing: int, out: str) -> dict[str, Any]:
    return {
        "out": out,
        "trials": tally.total,
        "graded_before": tally.before,
        "outcomes": {str(o): n for o, n in sorted(tally.outcomes.items())},
        "missing": missing,
        "cost_usd": None if tally.unpriced else tally.cost_usd,
        "seconds": round(tally.elapsed_s, 3),
        "interrupted": driver.interrupted,
        "given_up": driver.given_up,
    }


def command(out: str) -> str:
    """What resumes or extends this sweep, as it was called."""
    given = sys.argv[1:]
    if not any(a == "--out" or a.startswith("--out=") for a in given):
        given = [*given, "--out", out]
    if given[:1] == ["sweep"]:
        given = given[1:]
    return plain_lines("python -m mldevbench.sweep " + shlex.join(given))
