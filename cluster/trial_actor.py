"""The actor that wraps agent and task: it runs trials of one resource shape, several at a time where no GPU is held."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import ray

from cluster.broker_actor import RemoteBroker
from cluster.rate_gate import RemoteRateGate
from mldevbench.outcome import InfraError, UserError
from mldevbench.spec import Resources, TrialSpec


@dataclass(frozen=True, slots=True)
class ActorConfig:
    """What every actor of a sweep is told. Keys travel in this one call and in nothing that Ray shows or stores.

    `secret` is the driver's, in hexadecimal, so that all nodes draw the same data; an actor without one has its node's.
    """

    sweep: str
    isolation: str | None
    allow_unsandboxed: bool
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: str = field(default="", repr=False)
    prices: Mapping[str, Any] = field(default_factory=dict)
    api_bases: Mapping[str, str] = field(default_factory=dict)
    rates: Any = None
    has_budget: bool = False
    warm: bool = True


@dataclass(frozen=True, slots=True)
class Started:
    """The name of the node on which an actor is, and the sandbox tier there."""

    node: str
    tier: str


class TrialActor:
    def __init__(self, name: str, config: ActorConfig, shape: Resources) -> None:
        self._name = name
        self._config = config
        self._shape = shape
        self._scopes: dict[str, anyio.CancelScope] = {}

    def where(self) -> str:
        """The node's id; the first call that is answered once Ray has placed the actor."""
        return str(ray.get_runtime_context().get_node_id())

    async def start(self, services: Any, warm: str | None) -> Started:
        """Gets ready to run trials: the task environment, the sandbox tier, the gateway."""
        import socket
        from pathlib import Path

        from mldevbench.catalog import Catalog
        from mldevbench.data import secret
        from mldevbench.envs import task_python
        from mldevbench.gateway import Gateway
        from mldevbench.node import Node
        from mldevbench.paths import folder
        from mldevbench.place import remove_leftovers
        from mldevbench.results.spool import Spool
        from mldevbench.sandbox.tiers import choose_tier, tier_with_proc

        config = self._config
        os.environ[secret.VARIABLE] = config.secret
        python = await anyio.to_thread.run_sync(task_python)
        await anyio.to_thread.run_sync(remove_leftovers)
        try:
            tier = choose_tier(python, config.isolation, allow_none=config.allow_unsandboxed)
        except UserError as error:
            raise InfraError("sandbox_start", str(error)) from None
        self._catalog = Catalog()
        self._spool = Spool(folder("spool", config.sweep))
        self._rates = RemoteRateGate(config.rates, self._name, has_budget=config.has_budget)
        gateway = Gateway(keys=config.keys, prices=config.prices, rates=self._rates, api_bases=config.api_bases)
        gateway.secrets.guard_output()
        await gateway.__aenter__()
        gpus = tuple(str(g) for g in ray.get_gpu_ids())
        self._node = Node(
            name=socket.gethostname(),
            tier=tier,
            proc_tier=tier_with_proc(python, tier, config.isolation),
            python=python,
            gateway=gateway,
            broker=RemoteBroker(services, self._name),
            warm=Path(warm) if warm else None,
            gpus=gpus,
            lends_gpus=self._shape.lent > 0,
        )
        return Started(self._node.name, tier)

    async def live(self) -> None:
        """Never answered: the call fails when the actor dies. Meanwhile it asks for rate leases."""
        await self._rates.serve()

    async def run(self, trial: dict[str, Any], attempt: int) -> tuple[bytes, bytes | None]:
        """One attempt of one trial: its encoded record and its packed submission, kept on this node until it is acknowledged."""
        from mldevbench.results.codec import encode
        from mldevbench.trial import run_trial

        spec = TrialSpec.from_dict(trial)
        self._scopes[spec.key] = scope = anyio.CancelScope()
        finished = await run_trial(spec, catalog=self._catalog, node=self._node, attempt=attempt, scope=scope)
        del self._scopes[spec.key]
        try:
            await anyio.to_thread.run_sync(self._spool.put, finished.record, finished.submission)
        except OSError as error:  # the spool is a safety net; without it, the record is delivered all the same
            print(f"the spool of {self._node.name} cannot be written, {spec.key} is kept nowhere but in the results: {error}")
        return encode(finished.record), finished.submission

    async def cancel(self) -> None:
        """Ends every trial that runs here; their calls to `run` return records of the outcome `cancelled`."""
        for scope in self._scopes.values():
            scope.cancel()
