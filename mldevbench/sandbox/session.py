"""A sandbox with an exec server: commands, files, and the bounds that hold for all of it."""

from __future__ import annotations

import itertools
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import anyio
from anyio.abc import TaskGroup

from mldevbench.clock import TrialClock
from mldevbench.outcome import AgentError, MLDevBenchError
from mldevbench.sandbox.base import ExecResult, SandboxSpec
from mldevbench.sandbox.broker import Broker
from mldevbench.sandbox.cage import Cage
from mldevbench.sandbox.channel import MAX_BODY, Channel, ChannelBroken, Message
from mldevbench.sandbox.command import Command, Reply
from mldevbench.sandbox.leases import TrialLeases
from mldevbench.sandbox.spawned import Background
from mldevbench.sandbox.view import places_inside, resource_variables
from mldevbench.sandbox.watchdog import over
from mldevbench.spec import Resources

ANSWER_S = 60.0
"""How long the exec server may take to answer; a sandbox that does not has been damaged from inside."""
KILL_S = 10.0
KILL_AGAIN_S = 0.5


class Session:
    """The `Sandbox` of `open_sandbox`. `free_s` is how long a command runs before it needs a CPU lease."""

    def __init__(
        self,
        spec: SandboxSpec,
        tier: str,
        cage: Cage,
        channel: Channel,
        tasks: TaskGroup,
        broker: Broker,
        clock: TrialClock,
        free_s: float,
    ) -> None:
        self.tier, self.workspace = tier, cage.where.workspace
        self.listener: socket.socket | None = channel.listener
        self.door_url = f"http://127.0.0.1:{self.listener.getsockname()[1]}" if self.listener else None
        self._spec, self._cage, self._channel, self._tasks, self._free_s = spec, cage, channel, tasks, free_s
        self._clock = clock
        self._leases = TrialLeases(broker, os.urandom(8).hex(), clock, self._signal)
        self._places = places_inside(tier, spec.workspace, spec.binds)
        self.variables = {f"ASSET_{name.upper()}": self.path(name) for name in spec.binds}
        if self.door_url:
            self.variables["DOOR"] = self.door_url
        self._ids = itertools.count(1)
        self._commands: dict[int, Command] = {}
        self._replies: dict[int, Reply] = {}
        self._failure: MLDevBenchError | None = None

    @property
    def memory_peak(self) -> int:
        return self._cage.memory_peak

    @property
    def gpu_held_s(self) -> float:
        """GPU seconds that commands were lent."""
        return self._leases.gpu_held_s

    @property
    def gpu_busy_s(self) -> float:
        """Seconds in which a command that had asked for GPUs ran."""
        return self._leases.gpu_work.seconds

    def path(self, name: str) -> str:
        return self._places[name]

    async def exec(
        self,
        command: str | Sequence[str],
        *,
        timeout_s: float | None = None,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        resources: Resources | None = None,
        on_output: Callable[[bytes], None] | None = None,
    ) -> ExecResult:
        started = time.monotonic()
        waited = self._leases.waited_s
        running = await self._start(command, cwd, env, stdin, resources, on_output)
        running.started, running.waited_before = started, waited
        try:
            return await self._finish(running, timeout_s)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self.kill(running)
            raise

    async def spawn(
        self,
        command: str | Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        resources: Resources | None = None,
    ) -> Background:
        return Background(self, await self._start(command, cwd, env, b"", resources))

    async def read_file(self, path: str, max_bytes: int = 10 * 2**20) -> bytes:
        reply = await self._request({"op": "read", "path": path, "max_bytes": max_bytes}, limit=max_bytes + 1)
        if reply.errno:
            raise OSError(reply.errno, reply.text, path)
        if len(reply.body) > max_bytes:
            raise ValueError(f"{path} is larger than {max_bytes} bytes")
        return bytes(reply.body)

    async def write_file(self, path: str, data: bytes) -> None:
        if len(data) > MAX_BODY:
            raise OSError(27, f"more than {MAX_BODY} bytes", path)
        reply = await self._request({"op": "write", "path": path}, data)
        if reply.errno:
            raise OSError(reply.errno, reply.text, path)

    async def kill(self, command: Command) -> None:
        """Ends a command's whole tree; a sandbox in which that cannot be done is ended as a whole."""
        if self._failure is None and not command.gone.is_set():
            with anyio.move_on_after(KILL_S):
                while not command.gone.is_set():
                    await self._signal("kill", [command.id])
                    with anyio.move_on_after(KILL_AGAIN_S):
                        await command.gone.wait()
            if not command.gone.is_set():
                self.fail(AgentError(f"a command could not be killed within {KILL_S:.0f} s; its sandbox was ended"))

    def fail(self, error: MLDevBenchError) -> None:
        """Ends the sandbox; from here on every method raises `error`."""
        if self._failure is None:
            self._failure = error
            self._cage.kill()
            for command in self._commands.values():
                command.ended.set()
                command.gone.set()
            for reply in self._replies.values():
                reply.done.set()

    def _fall(self, error: ChannelBroken) -> None:
        self._fail_for_memory()  # the kernel may have chosen the first process
        self.fail(AgentError(f"the sandbox was destroyed from inside: {error}"))

    def _fail_for_memory(self) -> None:
        """Says that the kernel killed something inside, where that is seen before the watchdog looks again."""
        if self._cage.group.out_of_memory():
            self.fail(AgentError(over("memory", self._spec.limits.memory)))

    @property
    def failure(self) -> MLDevBenchError | None:
        return self._failure

    async def ping(self) -> None:
        await self._request({"op": "ping"})

    async def listen(self) -> None:
        """Takes what the exec server says until the sandbox ends."""
        try:
            while self._failure is None:
                self._hear(await self._channel.receive())
        except ChannelBroken as error:
            self._fall(error)

    def _hear(self, message: Message) -> None:
        if message.kind in ("reply", "data"):
            reply = self._replies.get(message.id)
            if reply is None or (message.kind == "data" and not message.body):
                raise ChannelBroken("it answered what nobody asked")
            reply.body += message.body
            if len(reply.body) > reply.limit:
                raise ChannelBroken("it sent more than was asked for")
            if message.kind == "reply":
                del self._replies[message.id]
                reply.errno, reply.text = message.errno, message.text
                reply.done.set()
            return
        command = self._commands.get(message.id)
        if command is None:
            raise ChannelBroken("it spoke of a command that there is not")
        if message.kind == "out" and message.body and not command.ended.is_set():
            command.output += message.body
            if len(command.output) > self._spec.limits.output:
                raise ChannelBroken("it sent more output than is allowed")
            if command.on_output:
                command.on_output(message.body)
        elif message.kind == "exit" and not command.ended.is_set():
            self._fail_for_memory()
            command.code, command.dropped = message.code, message.dropped
            command.finished, command.waited_s = time.monotonic(), self._leases.waited_s - command.waited_before
            command.ended.set()
        elif message.kind == "gone" and command.ended.is_set():
            del self._commands[command.id]
            command.gone.set()
        else:
            raise ChannelBroken("it sent a message out of order")

    async def _start(
        self,
        line: str | Sequence[str],
        cwd: str | None,
        env: Mapping[str, str] | None,
        stdin: bytes,
        resources: Resources | None,
        on_output: Callable[[bytes], None] | None = None,
    ) -> Command:
        self._check()
        asked = resources or Resources()
        devices = None
        if asked.gpus:
            devices = await self._leases.take_gpus(asked.gpus, asked.cpus, lend=not self._spec.gpus)
        command = Command(next(self._ids), asked.cpus, self._leases.waited_s, on_output)
        argv = ["/bin/bash", "-c", line] if isinstance(line, str) else list(line)
        variables = {**self._cage.variables, **self.variables, **resource_variables(asked.cpus, devices), **(env or {})}
        order = {"op": "start", "id": command.id, "argv": argv, "cwd": cwd or self.workspace, "env": variables}
        self._commands[command.id] = command
        self._tasks.start_soon(self._attend, command, asked.gpus > 0)
        await self._send(order, stdin)
        return command

    async def _attend(self, command: Command, has_gpus: bool) -> None:
        """Sees to a command's leases until its tree is gone: daemons that it left behind hold theirs as well."""
        try:
            with self._clock.command(), self._leases.gpu_work() if has_gpus else nullcontext():
                with anyio.move_on_after(self._free_s):
                    await command.gone.wait()
                if not command.gone.is_set():
                    async with anyio.create_task_group() as tasks:
                        tasks.start_soon(self._ride, command)
                        await command.gone.wait()
                        tasks.cancel_scope.cancel()
        finally:
            if has_gpus:
                await self._leases.drop_gpus()

    async def _ride(self, command: Command) -> None:
        try:
            async with self._leases.cpus(command.id, command.cpus):
                await anyio.sleep_forever()
        except MLDevBenchError as error:
            self.fail(error)

    async def _finish(self, command: Command, timeout_s: float | None) -> ExecResult:
        timed_out = False
        while not command.ended.is_set():
            if timeout_s is None:
                await command.ended.wait()
                break
            left = timeout_s - self.active_s(command)
            if left <= 0:
                timed_out = True
                await self.kill(command)
                break
            with anyio.move_on_after(max(left, 0.02)):
                await command.ended.wait()
        self._check()
        return command.result(timed_out=timed_out)

    def active_s(self, command: Command) -> float:
        return time.monotonic() - command.started - (self._leases.waited_s - command.waited_before)

    async def wait(self, command: Command) -> ExecResult:
        await command.ended.wait()
        self._check()
        return command.result()

    async def _signal(self, what: str, ids: list[int]) -> None:
        if ids and self._failure is None:
            try:
                reply = await self._request({"op": "signal", "what": what, "commands": ids})
                if reply.text:
                    self._cage.signal(what, {int(word) for word in reply.text.split() if word.isdecimal()})
            except AgentError:
                pass  # nothing is left that could be signalled; the next method says so

    async def _request(self, header: dict[str, Any], body: bytes = b"", limit: int = 0) -> Reply:
        self._check()
        id = next(self._ids)
        reply = self._replies[id] = Reply(limit=limit)  # until it comes, also when nobody waits for it any more
        await self._send({**header, "id": id}, body)
        with anyio.move_on_after(ANSWER_S):
            await reply.done.wait()
        if not reply.done.is_set():
            self.fail(AgentError("the sandbox does not answer any more"))
        self._check()
        return reply

    async def _send(self, header: dict[str, Any], body: bytes) -> None:
        if len(body) > MAX_BODY:
            raise ValueError(f"more than {MAX_BODY} bytes for a command's stdin")
        try:
            await self._channel.send(header, body)
        except ChannelBroken as error:
            self._fall(error)
        self._check()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
