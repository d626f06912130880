"""Reaching Ray, and asking before the first trial whether the cluster can hold what a sweep needs."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mldevbench.outcome import UserError
from mldevbench.spec import Resources

NAMESPACE = "mldevbench"


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What one node of the cluster has; memory in bytes, as Ray counts it."""

    id: str
    cpus: float
    gpus: float
    memory: int
    accelerators: frozenset[str]

    def holds(self, shape: Resources) -> bool:
        """Whether an otherwise empty node could run a trial of this shape."""
        return (
            shape.cpus <= self.cpus
            and shape.gpus + shape.lent <= self.gpus
            and shape.memory <= self.memory
            and (shape.accelerator is None or shape.accelerator in self.accelerators)
        )

    def __str__(self) -> str:
        kinds = f" ({', '.join(sorted(self.accelerators))})" if self.accelerators else ""
        return f"{self.cpus:g} CPU, {self.memory / 2**30:.3g} GiB, {self.gpus:g} GPU{kinds}"


def in_job() -> bool:
    """Whether this process is the entry point of a Ray job; its working folder is temporary then."""
    return "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ


def set_environment() -> None:
    """What Ray reads when it is imported, so call this before. A cluster that is started here has Ray's authentication on."""
    if not os.environ.get("RAY_ADDRESS"):
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    # Else Ray hides the GPUs from actors that hold none by rewriting a variable that the sandbox sets by itself.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")


def connect() -> None:
    """Joins the cluster that RAY_ADDRESS names, or starts one of this machine's size."""
    import ray

    where: dict[str, Any] = {} if os.environ.get("RAY_ADDRESS") else {"address": "local", "include_dashboard": False}
    ray.init(namespace=NAMESPACE, logging_level=logging.WARNING, log_to_driver=False, **where)


def nodes() -> list[NodeInfo]:
    """The nodes that are alive."""
    import ray

    return [_node(n) for n in ray.nodes() if n["Alive"]]  # type: ignore[no-untyped-call]


def _node(entry: Mapping[str, Any]) -> NodeInfo:
    have = entry["Resources"]
    prefix = "accelerator_type:"
    kinds = frozenset(k.removeprefix(prefix) for k in have if k.startswith(prefix))
    return NodeInfo(entry["NodeID"], have.get("CPU", 0.0), have.get("GPU", 0.0), int(have.get("memory", 0)), kinds)


def check_feasible(shapes: Mapping[tuple[str, str], Resources], have: Iterable[NodeInfo]) -> None:
    """Raises UserError for the first task and agent whose shape no node could hold. An autoscaler's future nodes are not seen."""
    cluster = list(have)
    for (task, _), shape in shapes.items():
        if not any(node.holds(shape) for node in cluster):
            there = "; ".join(sorted({str(n) for n in cluster})) or "no node"
            raise UserError(
                f"task {task} asks for {shape}, which no node of this cluster can hold (nodes: {there}); "
                "add such a node (--wait-for-nodes if it will come), choose other tasks, another profile, or use --on-missing-gpu"
            )
