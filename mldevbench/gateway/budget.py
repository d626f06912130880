"""US dollars that many calls share: each reserves what it may cost before it is made."""

from __future__ import annotations

from dataclasses import dataclass

from mldevbench.gateway.leases import RateLease, Used
from mldevbench.outcome import BudgetSpent


@dataclass(slots=True)
class Budget:
    """`spent_usd` and what is reserved stay below `limit_usd`, as long as no call costs more than its estimate."""

    limit_usd: float
    spent_usd: float = 0.0
    reserved_usd: float = 0.0

    def fits(self, usd: float) -> bool:
        """Whether so much may be reserved now."""
        return self.spent_usd + self.reserved_usd + usd <= self.limit_usd

    def check(self, usd: float) -> None:
        """Raises BudgetSpent when so much will never fit, whatever the calls in flight give back."""
        if self.spent_usd + usd > self.limit_usd:
            raise BudgetSpent(
                f"--max-cost-usd {self.limit_usd:g}: {self.spent_usd:.4f} USD are spent, and the next call may cost {usd:.4f}"
            )

    def reserve(self, usd: float) -> None:
        self.reserved_usd += usd

    def settle(self, lease: RateLease, used: Used) -> None:
        """The call is over. One whose cost is not known has cost what was reserved."""
        self.reserved_usd = max(0.0, self.reserved_usd - lease.estimate.usd)
        self.spent_usd += lease.estimate.usd if used.usd is None else used.usd
