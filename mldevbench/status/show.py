"""A status as text for people, and as JSON for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mldevbench.progress import cost, duration, success
from mldevbench.report.text import plain
from mldevbench.status.pulse import Running
from mldevbench.status.status import Cell, State, Status

MOST = 5
"""Lines of each kind that people are shown: missing cells, running trials, notes."""


def lines(status: Status) -> Iterator[str]:
    """For a terminal or a file."""
    for name, *words in _facts(status):
        for i, line in enumerate(words):
            yield f"{'' if i else name:<11} {plain(line)}".rstrip()


def _facts(status: Status) -> Iterator[tuple[str, ...]]:
    yield ("sweep", f"{status.sweep['name']} ({status.sweep['profile']}) in {status.place}")
    yield ("state", *_state(status))
    done = f"{status.graded}/{status.planned} graded"
    if status.state == "running" and status.pulse:
        done += f", {_count(status)} running, {status.pulse.waiting} waiting"
    yield ("trials", f"{done}, {status.missing} missing" if status.missing else done)
    yield ("success", success(status.passed, status.graded))
    yield ("cost", f"{cost(status.cost_usd, unpriced=bool(status.priceless))} in {status.attempts} attempts")
    if status.pace:
        left = "" if status.seconds_left is None else f", about {duration(status.seconds_left)} left"
        yield ("pace", f"{3600 * status.pace:.0f} trials an hour{left}")
    if status.unsealed:
        yield ("journal", f"{status.unsealed} attempts are not in Parquet yet (they are safe, and counted here)")
    if status.troubles:
        yield ("not graded", *(f"{t.trials} {t.kind}: {t.last_error}"[:200] for t in status.troubles))
    yield from _detail(status)
    if (resume := status.run.get("command")) and status.state != "running":
        yield ("resume" if status.missing else "extend", resume)


def _detail(status: Status) -> Iterator[tuple[str, ...]]:
    """What runs and for how long; where nothing runs, what is missing."""
    pulse = status.pulse
    if pulse and pulse.actors:
        yield ("actors", *(f"{a.ready} ready with {a.busy} trials, {a.starting} starting, of {a.shape}" for a in pulse.actors))
    if pulse and pulse.running:
        head = "slowest" if status.state == "running" else "was running"
        yield (head, *(_running(r, status.at) for r in pulse.running[:MOST]))
    lacking = [c for c in status.cells if c.graded < c.planned]
    if lacking and status.state != "running":
        rest = [f"and {len(lacking) - MOST} more"] if len(lacking) > MOST else []
        yield ("missing", *(_cell(c) for c in lacking[:MOST]), *rest)
    if pulse and pulse.notes:
        yield ("notes", *pulse.notes[-MOST:])


def _state(status: Status) -> Iterator[str]:
    pulse = status.pulse
    if pulse is None:
        yield "unknown: no driver has left a sign of life here (status.json)"
        return
    where = f"process {pulse.home.pid} on {pulse.home.host}"
    ago = f"{duration(max(0.0, status.at - pulse.at))} ago ({_time(pulse.at)})"
    words: dict[State, str] = {
        "running": f"running: {where}, since {_time(pulse.started_at)}, last heard of {ago}",
        "dead": f"dead: {where} was last heard of {ago}",
        "finished": f"finished {ago}",
        "interrupted": f"interrupted {ago}",
        "gave_up": f"gave up {ago}",
        "broken": f"broken off {ago}",
    }
    yield words[status.state] + (f": {pulse.reason}" if pulse.reason else "")
    if status.state == "dead" and pulse.home.alive() is None:
        yield "(told by its silence: the process cannot be seen from this machine)"


def _count(status: Status) -> int:
    return len(status.pulse.running) + status.pulse.more_running if status.pulse else 0


def _running(running: Running, now: float) -> str:
    trial = " ".join(w for w in (running.task, running.agent, running.model) if w)
    again = f", attempt {running.attempt}" if running.attempt > 1 else ""
    return f"{duration(max(0.0, now - running.since))} {trial} seed {running.seed} on {running.node}{again}"


def _cell(cell: Cell) -> str:
    limits = [f"{name.removeprefix('max_')}<={value:g}" for name, value in cell.limits.items() if value is not None]
    arm = " ".join(w for w in (cell.task, cell.agent, cell.model, *limits) if w)
    return f"{cell.planned - cell.graded} of {cell.planned}: {arm}"


def document(status: Status) -> dict[str, Any]:
    """For `--json`: times are RFC 3339, everything else as in `Status` and `Pulse`."""
    pulse = status.pulse
    return {
        "sweep": status.sweep["name"],
        "place": status.place,
        "profile": status.sweep["profile"],
        "at": _time(status.at),
        "state": status.state,
        "reason": pulse and pulse.reason,
        "driver": pulse
        and {
            "host": pulse.home.host,
            "pid": pulse.home.pid,
            "started_at": _time(pulse.started_at),
            "last_heard_at": _time(pulse.at),
        },
        "trials": {
            "planned": status.planned,
            "graded": status.graded,
            "passed": status.passed,
            "missing": status.missing,
            "running": _count(status) if status.state == "running" else 0,
            "waiting": pulse.waiting if pulse and status.state == "running" else 0,
        },
        "missing": [dataclasses.asdict(c) for c in status.cells if c.graded < c.planned],
        "not_graded": [dataclasses.asdict(t) for t in status.troubles],
        "running": [dataclasses.asdict(r) | {"since": _time(r.since)} for r in (pulse.running if pulse else ())],
        "actors": [dataclasses.asdict(a) for a in (pulse.actors if pulse else ())],
        "attempts": status.attempts,
        "cost_usd": status.cost_usd,
        "attempts_without_price": status.priceless,
        "attempts_in_journal": status.unsealed,
        "trials_per_hour": status.pace and 3600 * status.pace,
        "seconds_left": status.seconds_left,
        "notes": list(pulse.notes) if pulse else [],
        "command": status.run.get("command"),
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
