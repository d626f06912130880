"""What a node lends to the trials on it: its sandbox tier, task environment, gateway, leases and warm process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mldevbench.outcome import InfraError
from mldevbench.sandbox.broker import Broker
from mldevbench.sandbox.kinds import tier_named

if TYPE_CHECKING:
    from mldevbench.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Node:
    """`warm` is the socket of the process that probes and graders are forked from; None starts each one cold.

    `proc_tier` is the tier of trials that need /proc, where it is another. `gpus` are the devices that this process holds for its
    trials, as for CUDA_VISIBLE_DEVICES. With `lends_gpus` it holds none, and the broker lends them.
    """

    name: str
    tier: str
    python: Path
    gateway: Gateway
    broker: Broker
    warm: Path | None = None
    proc_tier: str | None = None
    gpus: tuple[str, ...] = ()
    lends_gpus: bool = False

    def tier_for(self, *, proc: bool) -> str:
        """Raises InfraError when no tier here shows the /proc that is needed."""
        tier = (self.proc_tier or self.tier) if proc else self.tier
        if proc and not tier_named(tier).shows_proc:
            mend = "use another --isolation, or leave the task out"
            raise InfraError("sandbox_start", f"the task needs /proc, which isolation {tier} does not show; {mend}")
        return tier
