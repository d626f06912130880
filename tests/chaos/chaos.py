"""A sweep on a cluster of four nodes whose processes are killed at random, and what must be true when it is over.

`make chaos` runs the long form, `tests/chaos/test_chaos.py` a short one. The seed of a run is printed; the same seed draws the
same kills, though not at the same moments.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

import mldevbench
from tests.chaos.nodes import Nodes, marked, processes
from tests.gateway.provider_server import Provider, Reply, provider_server

SILENCE_S = 300.0
"""No trial has been finished for so long: the sweep hangs."""
KINDS = {"actor": 8, "services": 3, "warm": 2, "rates": 2, "raylet": 3, "node": 3, "driver": 4}
"""What is killed, and how often in relation to the others. `node` is the raylet, its workers and its disk."""
NAMES = {"actor": "ray::TrialActor", "services": "ray::NodeServices", "warm": "warm_main.py", "rates": "ray::RateActor"}
"""Where a kind is one process: what its command holds."""


def answer(body: dict[str, Any]) -> Reply:
    """A model that needs three calls and a while for each. What it writes is right for two seeds of three."""
    time.sleep(2.5)
    asked = len(body["messages"])
    if asked <= 2:
        text = "print('Hello, World!')\n" if right(body["seed"]) else "print('Hello!')\n"
        return Reply(text=None, tools=(("create_file", {"path": "hello.py", "content": text}),))
    if asked <= 4:
        return Reply(text=None, tools=(("execute_command", {"command": "sleep 1; python3 hello.py"}),))
    return Reply(text="done")


def right(seed: int) -> bool:
    return seed % 3 != 0


@dataclass
class Report:
    """What a run saw. Everything but the counts of kills, trials and attempts must be empty or nought."""

    seed: int
    trials: int
    kills: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    infra: Counter[str] = field(default_factory=Counter)
    lost: set[str] = field(default_factory=set)
    doubled: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)
    ungraded: int = 0
    paid_after_the_end: list[int] = field(default_factory=list)
    paid_twice: list[int] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def faults(self) -> list[str]:
        names = ("lost", "doubled", "wrong", "ungraded", "paid_after_the_end", "paid_twice", "orphans")
        return [f"{name}: {getattr(self, name)}" for name in names if getattr(self, name)]

    def __str__(self) -> str:
        kills = ", ".join(f"{n} {kind}" for kind, n in self.kills.most_common())
        return (
            f"chaos seed {self.seed}: {self.trials} trials, {self.kills.total()} kills ({kills}) in {self.seconds:.0f} s: "
            f"{self.attempts} attempts, infrastructure errors {dict(self.infra)}; " + ("; ".join(self.faults) or "no fault")
        )


class Chaos:
    """One run. `pause_s` is how many seconds pass between two kills, on average."""

    def __init__(self, place: Path, trials: int, kills: int, seed: int, pause_s: float) -> None:
        self._place, self._out, self._kills, self._pause_s = place, place / "results", kills, pause_s
        self._chance = random.Random(seed)
        self._log = (place / "driver.log").open("ab")
        self.report = Report(seed, trials)
        self._driver: subprocess.Popen[bytes]
        self._paid: dict[int, int] = {}
        self._known: dict[str, int] = {}

    def run(self) -> Report:
        began = time.monotonic()
        with provider_server() as provider, marked(self._place):
            provider.default = answer
            nodes = Nodes(self._place, 4)
            try:
                self._start(nodes, provider)
                self._torment(nodes, provider)
                self._finish(nodes, provider)
                self._judge(provider)
            finally:
                self._driver.kill()
                self._driver.wait()
                nodes.cluster.shutdown()
        self.report.orphans = self._orphans()
        self.report.seconds = time.monotonic() - began
        return self.report

    def _start(self, nodes: Nodes, provider: Provider) -> None:
        command = [sys.executable, "-m", "mldevbench.sweep", "--agents", "react", "--models", "openai/nameless"]
        command += ["--tasks", "hello_world", "--seeds", str(self.report.trials), "--concurrency", "12", "--retries", "50"]
        command += ["--api-base", f"openai={provider.url}/v1", "--out", str(self._out)]
        environment = {**os.environ, "RAY_ADDRESS": nodes.cluster.address, "OPENAI_API_KEY": "sk-none"}
        self._driver = subprocess.Popen(command, env=environment, stdout=self._log, stderr=self._log)

    def _torment(self, nodes: Nodes, provider: Provider) -> None:
        self._wait(lambda: len(self._finished(provider)) > 0, nodes, provider)
        while self.report.kills.total() < self._kills and len(self._known) < self.report.trials:
            time.sleep(self._pause_s * self._chance.uniform(0.5, 1.5))
            self._finished(provider)
            (kind,) = self._chance.choices(list(KINDS), list(KINDS.values()))
            if self._kill(kind, nodes):
                self.report.kills[kind] += 1
            if self._driver.poll() is not None:
                self._start(nodes, provider)

    def _kill(self, kind: str, nodes: Nodes) -> bool:
        """False when there is none of the kind just now."""
        if kind == "driver":
            self._driver.kill()
            self._driver.wait()
        elif kind in ("raylet", "node"):
            nodes.lose(self._chance, disk=kind == "node")
        else:
            found = processes(self._place, NAMES[kind])
            if not found:
                return False
            with suppress(psutil.NoSuchProcess):
                self._chance.choice(found).kill()
        return True

    def _finish(self, nodes: Nodes, provider: Provider) -> None:
        self._wait(lambda: self._driver.poll() is not None, nodes, provider)
        if self._driver.returncode != 0:  # killed at the very end
            self._start(nodes, provider)
            self._wait(lambda: self._driver.poll() is not None, nodes, provider)

    def _wait(self, until: Callable[[], bool], nodes: Nodes, provider: Provider) -> None:
        before, since = -1, time.monotonic()
        while not until():
            count = len(self._finished(provider))
            if count != before:
                before, since = count, time.monotonic()
            assert time.monotonic() - since < SILENCE_S, f"{self.report}: it hangs after {count} trials"
            time.sleep(1)

    def _finished(self, provider: Provider) -> dict[str, int]:
        """The trials that are acknowledged by now (key -> seed); notes what had been paid for each when that was first seen."""
        if not (self._out / "sweep.json").exists():
            return {}
        paid = Counter(request["seed"] for request in list(provider.requests))
        found = {row["trial_key"]: row["seed"] for row in mldevbench.load(str(self._out)).trials.to_pylist()}
        self.report.lost |= self._known.keys() - found.keys()
        for key in found.keys() - self._known.keys():
            self._paid[found[key]] = paid[found[key]]
        self._known |= found
        return found

    def _judge(self, provider: Provider) -> None:
        report, results = self.report, mldevbench.load(str(self._out))
        trials, attempts = results.trials.to_pylist(), results.attempts.to_pylist()
        self._finished(provider)
        report.attempts = len(attempts)
        report.infra = Counter(row["error_kind"] for row in attempts if row["outcome"] == "infra_error")
        report.doubled = len(trials) - len({row["trial_key"] for row in trials})
        report.doubled += len(attempts) - len({(row["trial_key"], row["attempt"]) for row in attempts})
        report.ungraded = report.trials - len(trials)
        truth = {True: "passed", False: "failed"}
        report.wrong = [(row["seed"], row["outcome"]) for row in trials if row["outcome"] != truth[right(row["seed"])]]
        steps: dict[int, Counter[int]] = {}
        for request in provider.requests:
            steps.setdefault(request["seed"], Counter())[len(request["messages"])] += 1
        report.paid_after_the_end = [seed for seed, paid in self._paid.items() if steps[seed].total() > paid]
        # Every execution begins with the first call; an attempt whose driver was killed has no row.
        most = Counter(row["seed"] for row in attempts)
        for seed, counts in steps.items():
            begun = counts[min(counts)]
            if max(counts.values()) > begun or begun > most[seed] + report.kills["driver"]:
                report.paid_twice.append(seed)

    def _orphans(self) -> list[str]:
        deadline = time.monotonic() + 60
        while (left := processes(self._place)) and time.monotonic() < deadline:
            time.sleep(1)
        found = []
        for process in left:
            with suppress(psutil.Error):
                found.append(" ".join(process.cmdline())[:200])
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--pause", type=float, default=6.0, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--place", type=Path, required=True, help="a new folder for the results and the nodes")
    given = parser.parse_args()
    given.place.mkdir(parents=True)
    report = Chaos(given.place.absolute(), given.trials, given.kills, given.seed, given.pause).run()
    print(report)
    (given.place / "report.json").write_text(json.dumps({"kills": report.kills, "faults": report.faults}) + "\n")
    sys.exit(1 if report.faults else 0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
