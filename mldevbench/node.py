"""What a node lends to the trials on it: its sandbox tier, task environment, gateway, leases and warm process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mldevbench.sandbox.broker import Broker

if TYPE_CHECKING:
    from mldevbench.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Node:
    """`warm` is the socket of the process that probes and graders are forked from; None starts each one cold.

    `gpus` are the devices that this process holds for its trials, as for CUDA_VISIBLE_DEVICES; `gpu_share` how much of them.
    """

    name: str
    tier: str
    python: Path
    gateway: Gateway
    broker: Broker
    warm: Path | None = None
    gpus: tuple[str, ...] = ()
    gpu_share: float = 0.0
