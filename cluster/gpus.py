"""The GPUs that a node's broker lends: one long-lived actor holds each of them in Ray's books, for as long as commands want it.

An actor a lease would cost a second or two each time, and fractions of Ray's do not add up across devices.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import anyio
import ray
from anyio.abc import TaskGroup
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from mldevbench.sandbox.broker import NodeBroker

IDLE_S = 60.0
"""How long a GPU is kept that no command has: others of the cluster may want it."""
LOOK_S = 5.0
TURN_S = 10.0
"""How long GPUs that were given back are left to actors. Ray places one at once, if it can: there may be no CPU for it."""


class GpuHolder:
    """Takes no CPU, so that it can be placed on a full node."""

    def device(self) -> str:
        """As for CUDA_VISIBLE_DEVICES; the call is answered once Ray has placed the actor."""
        (device,) = ray.get_gpu_ids()
        return str(device)

    async def live(self) -> None:
        """Never answered: the call fails when the actor dies."""
        await anyio.sleep_forever()


class NodeGpus:
    """Keeps as many holders on a node as its broker can use. Tell it (`changed`) when somebody wants a GPU, or no longer does."""

    def __init__(self, node_id: str, gpus: int, broker: NodeBroker) -> None:
        self._node_id, self._most, self._broker = node_id, gpus, broker
        self._starting: list[Any] = []
        self._held: dict[str, Any] = {}
        self._idle_since: dict[str, float] = {}
        self._actors_since: float | None = None  # since when it is their turn; None in that of commands
        self._first: frozenset[str] = frozenset()
        self._change = anyio.Event()

    async def run(self) -> None:
        """Until it is cancelled."""
        async with anyio.create_task_group() as tasks:
            while True:
                self._adjust(tasks)
                with anyio.move_on_after(LOOK_S):
                    await self._change.wait()
                self._change = anyio.Event()

    def changed(self) -> None:
        self._change.set()

    def yield_up(self, gpus: int) -> int:
        """Takes turns with actors that wait for so many GPUs; to be called every few seconds.

        In the actors' turn as many GPUs are given back, each as soon as its commands have ended, and none is taken. It ends when
        no actor waits, or a while after all are back. Then every command is served that waits by then. Returns how many GPUs are
        missing for commands now, which is none in the actors' turn.
        """
        now = anyio.current_time()
        if self._actors_since is not None:
            if self._broker.leaving_devices:
                self._actors_since = now
            if not gpus or now - self._actors_since > TURN_S:
                self._actors_since, self._first = None, self._broker.waiting_for_gpus
                self.changed()
        elif gpus and not self._first & self._broker.waiting_for_gpus:
            self._actors_since = now
            idle = self._broker.idle_devices
            for device in sorted(self._held, key=lambda d: d not in idle)[:gpus]:
                self._give_back(device)
            self.changed()
        return self._missing

    @property
    def _missing(self) -> int:
        return 0 if self._actors_since is not None else self._broker.missing_devices

    def _adjust(self, tasks: TaskGroup) -> None:
        missing = self._missing
        for _ in range(min(missing - len(self._starting), self._most - len(self._held) - len(self._starting))):
            tasks.start_soon(self._hold, self._start())
        for handle in self._starting[missing:]:
            ray.kill(handle)
        now = anyio.current_time()
        idle = self._broker.idle_devices
        self._idle_since = {device: self._idle_since.get(device, now) for device in idle}
        for device in [d for d, since in self._idle_since.items() if now - since > IDLE_S]:
            self._give_back(device)

    def _give_back(self, device: str) -> None:
        self._broker.remove(device, then=lambda: ray.kill(self._held[device]))

    def _start(self) -> Any:
        options = {
            "num_cpus": 0,
            "num_gpus": 1,
            "max_restarts": 0,
            "max_concurrency": 2,
            "scheduling_strategy": NodeAffinitySchedulingStrategy(self._node_id, soft=False),
        }
        handle = ray.remote(GpuHolder).options(**options).remote()
        self._starting.append(handle)
        return handle

    async def _hold(self, holder: Any) -> None:
        """The life of a holder. One that dies under a command is missed by Ray only: the command goes on."""
        device = None
        with suppress(ray.exceptions.RayError):
            device = await holder.device.remote()
        self._starting.remove(holder)
        if device is None:
            return
        self._held[device] = holder
        self._broker.add(device)
        with suppress(ray.exceptions.RayError):
            await holder.live.remote()
        if self._held[device] is holder:  # else the device has come back by another already
            self._broker.remove(device, then=lambda: None)
            del self._held[device]
