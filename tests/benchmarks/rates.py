"""Four nodes share one provider that allows so many calls a second: `python -m tests.benchmarks.rates [PER_S] [CALLS]`.

Real litellm against a server on loopback, whose limit is a bucket of one second's calls. Beside each run of the gateways a plain
retry loop in the same processes: litellm's call, and a pause that doubles, with jitter, until it is answered. Then a sweep with
`--max-cost-usd`. No thresholds: figures are for people to read.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from mldevbench.clock import TrialClock
from mldevbench.spec import Limits, Named
from tests.cluster.test_budget import attempts, sweep
from tests.gateway.provider_server import Reply, provider_server
from tests.gateway.simulated import Bucket

NODES = 4
DOORS, CALLERS = 4, 16
"""Doors of each node's gateway, and callers of each door: as many as a door lets in."""
LATENCY_S = 0.5
MODEL = "openai/m"
USER = [{"role": "user", "content": "hello"}]


@dataclass
class Limited:
    """A provider with a limit: what it lets in is answered after a while, the rest with 429."""

    per_s: float
    retry_after: bool
    sent: int = 0
    useful: int = 0

    def __post_init__(self) -> None:
        self._bucket, self._lock = Bucket(self.per_s, self.per_s, at=time.monotonic()), threading.Lock()

    def __call__(self, _: dict[str, Any]) -> Reply:
        with self._lock:
            self.sent += 1
            wait_s = self._bucket.ask(time.monotonic())
            self.useful += wait_s is None
        if wait_s is None:
            time.sleep(LATENCY_S)
            return Reply()
        return Reply(status=429, headers={"retry-after": f"{wait_s:.3f}"} if self.retry_after else {})


class Caller:
    """One node's processes in one: its callers make so many calls together, in one way or the other."""

    async def through_gateway(self, url: str, rates: Any, name: str, calls: int) -> int:
        from cluster.rate_gate import RemoteRateGate
        from mldevbench.gateway import Gateway

        left, failed = calls, 0
        gate = RemoteRateGate(rates, name)

        async def ask(door: Any) -> None:
            nonlocal left, failed
            while left > 0:
                left -= 1
                try:
                    await door.complete(USER)
                except Exception:
                    failed += 1
                    return

        async with anyio.create_task_group() as serving, AsyncExitStack() as stack:
            serving.start_soon(gate.serve)
            gateway = await stack.enter_async_context(
                Gateway(keys={"OPENAI_API_KEY": "sk-test"}, api_bases={"openai": url}, rates=gate)
            )
            how: dict[str, Any] = {"model": Named.parse(MODEL), "limits": Limits(max_steps=None), "seed": 0}
            async with anyio.create_task_group() as tasks:
                for number in range(DOORS):
                    opened = gateway.open_door(trial=str(number), clock=TrialClock(), **how)
                    door = await stack.enter_async_context(opened)
                    for _ in range(CALLERS):
                        tasks.start_soon(ask, door)
            serving.cancel_scope.cancel()
        return failed

    async def plainly(self, url: str, calls: int) -> int:
        from mldevbench.gateway.lite import load

        litellm, left = load(), calls

        async def ask() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                pause_s = 1.0
                while True:
                    try:
                        quiet = {"api_key": "sk-test", "api_base": url, "num_retries": 0, "max_retries": 0}
                        await litellm.acompletion(model=MODEL, messages=USER, **quiet)
                        break
                    except litellm.RateLimitError:
                        await anyio.sleep(pause_s * random.uniform(0.5, 1.5))
                        pause_s = min(30.0, 2 * pause_s)

        async with anyio.create_task_group() as tasks:
            for _ in range(DOORS * CALLERS):
                tasks.start_soon(ask)
        return 0


@contextmanager
def four_nodes() -> Iterator[None]:
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        for number in range(NODES):
            cluster.add_node(num_cpus=1, resources={f"node{number}": 1})
        ray.init(address=cluster.address, log_to_driver=False)
        yield
    finally:
        ray.shutdown()
        cluster.shutdown()


def storm(per_s: float, calls: int) -> None:
    import ray

    from cluster.rate_actor import start_rate_actor

    print(f"{calls} calls of {NODES * DOORS * CALLERS} callers on {NODES} nodes, {per_s:g} calls a second allowed")
    print(f"{'429 with':14} {'way':12} {'sent':>6} {'useful/sent':>12} {'time/ideal':>11} {'failed':>7}")
    places: list[Any] = [ray.remote(Caller).options(resources={f"node{n}": 1}).remote() for n in range(NODES)]
    for retry_after in (True, False):
        for way in ("gateway", "plain retries"):
            with provider_server() as provider:
                provider.default = limited = Limited(per_s, retry_after)
                url, rates = f"{provider.url}/v1", start_rate_actor()
                # The first call of each process, which imports litellm, is before the start.
                ray.get([place.plainly.remote(url, 1) for place in places])
                provider.default = limited = Limited(per_s, retry_after)
                begun = time.monotonic()
                if way == "gateway":
                    runs = [p.through_gateway.remote(url, rates, str(n), calls // NODES) for n, p in enumerate(places)]
                else:
                    runs = [p.plainly.remote(url, calls // NODES) for p in places]
                failed = sum(ray.get(runs))
                ratio = (time.monotonic() - begun) / ((calls - per_s) / per_s)
                useful = limited.useful / limited.sent
                told = "Retry-After" if retry_after else "nothing"
                print(f"{told:14} {way:12} {limited.sent:6} {useful:12.3f} {ratio:11.2f} {failed:7}", flush=True)
                ray.kill(rates)


def money() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sweep"
        sweep(out, "1", 1)
        rows = attempts(out)
        spent = sum(row["cost_usd"] for row in rows)
        print(f"--max-cost-usd 1, 40 trials at once: {spent:.4f} USD are spent, overshoot {max(0.0, spent - 1):.4f};", end=" ")
        outcomes = sorted({row["outcome"] for row in rows})
        print(", ".join(f"{sum(row['outcome'] == o for row in rows)} {o}" for o in outcomes))


def main(per_s: float = 20, calls: int = 1200) -> None:
    from cluster.connect import set_environment

    set_environment()
    with four_nodes():
        storm(per_s, calls)
    money()


if __name__ == "__main__":
    main(*(float(a) for a in sys.argv[1:2]), *(int(a) for a in sys.argv[2:3]))
