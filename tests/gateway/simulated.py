"""A rate window against providers that exist on paper only, on a clock that jumps: `python -m tests.gateway.simulated`."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass
from typing import Protocol

from mldevbench.gateway.leases import FAILED, RateLease, Status
from mldevbench.gateway.window import RateWindow

CALLERS = 256
REFUSED_S = 0.02


class Limit(Protocol):
    def ask(self, now: float) -> float | None:
        """None when the call is let in, else in how many seconds to come back."""
        ...

    def answered(self) -> None: ...

    def ideal_s(self, calls: int, latency_s: float) -> float: ...


@dataclass
class Bucket:
    """`per_s` calls a second, of which `size` may come at once."""

    per_s: float
    size: float
    left: float = 0.0
    at: float = 0.0

    def __post_init__(self) -> None:
        self.left = self.size

    def ask(self, now: float) -> float | None:
        self.left, self.at = min(self.size, self.left + (now - self.at) * self.per_s), now
        if self.left < 1:
            return (1 - self.left) / self.per_s
        self.left -= 1
        return None

    def answered(self) -> None:
        pass

    def ideal_s(self, calls: int, latency_s: float) -> float:
        return max((calls - self.size) / self.per_s, latency_s * calls / CALLERS)


@dataclass
class Minute:
    """`calls` in each minute of a clock of its own."""

    calls: int
    minute: int = -1
    let_in: int = 0

    def ask(self, now: float) -> float | None:
        minute = int((now + 17) // 60)
        if minute != self.minute:
            self.minute, self.let_in = minute, 0
        if self.let_in == self.calls:
            return (minute + 1) * 60 - 17 - now
        self.let_in += 1
        return None

    def answered(self) -> None:
        pass

    def ideal_s(self, calls: int, latency_s: float) -> float:
        return max(60 * calls / self.calls, latency_s * calls / CALLERS)


@dataclass
class Slots:
    """`most` calls at once."""

    most: int
    now: int = 0

    def ask(self, now: float) -> float | None:
        if self.now == self.most:
            return 1.0
        self.now += 1
        return None

    def answered(self) -> None:
        self.now -= 1

    def ideal_s(self, calls: int, latency_s: float) -> float:
        return latency_s * calls / self.most


@dataclass(frozen=True)
class Run:
    """`useful` is answered calls over sent ones, `time` a multiple of the ideal."""

    useful: float
    time: float
    seconds: float


def simulate(limit: Limit, calls: int, *, latency_s: float, retry_after: bool) -> Run:
    """256 callers want `calls` answers, which take `latency_s` on average."""
    spread, window, now = random.Random(1), RateWindow("p"), 0.0
    coming: list[tuple[float, int, RateLease, Status, float | None]] = []
    wanted, sent, answered = calls, 0, 0
    while answered < calls:
        while wanted and window.in_flight < CALLERS and (lease := window.grant(now)):
            wanted, sent = wanted - 1, sent + 1
            wait_s = limit.ask(now)
            if wait_s is None:
                heapq.heappush(coming, (now + latency_s * spread.uniform(0.5, 1.5), sent, lease, "ok", None))
            else:
                heapq.heappush(coming, (now + REFUSED_S, sent, lease, "limited", wait_s if retry_after else None))
        next_grant = window.opens_at() if wanted and window.in_flight < CALLERS else float("inf")
        now = max(now, min(next_grant, coming[0][0] if coming else float("inf")))
        while coming and coming[0][0] <= now:
            _, _, lease, status, retry_after_s = heapq.heappop(coming)
            if status == "ok":
                answered += 1
                limit.answered()
            else:
                wanted += 1
            window.report(lease, status, FAILED, retry_after_s, now)
    return Run(answered / sent, now / limit.ideal_s(calls, latency_s), now)


def main() -> None:
    for name, limit, calls in (
        ("20 a second", lambda: Bucket(20, 20), 4000),
        ("2 a second", lambda: Bucket(2, 2), 1200),
        ("1 a second, 60 at once", lambda: Bucket(1, 60), 900),
        ("600 a minute", lambda: Minute(600), 6000),
        ("60 a minute", lambda: Minute(60), 600),
        ("16 at once", lambda: Slots(16), 3000),
    ):
        for latency_s in (0.1, 1.0, 15.0):
            runs = [simulate(limit(), calls, latency_s=latency_s, retry_after=told) for told in (True, False)]
            cells = "  ".join(f"{run.useful:.3f} {run.time:5.2f}" for run in runs)
            print(f"{name:24} {latency_s:5.1f} s  {cells}")


if __name__ == "__main__":
    main()
