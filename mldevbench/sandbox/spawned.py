"""A command that runs beside others: what `spawn` answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from mldevbench.sandbox.base import ExecResult
from mldevbench.sandbox.command import Command

if TYPE_CHECKING:
    from mldevbench.sandbox.session import Session


@dataclass(frozen=True)
class Background:
    """The `Process` of `spawn`."""

    session: Session
    command: Command

    @property
    def id(self) -> str:
        return str(self.command.id)

    @property
    def running(self) -> bool:
        return not self.command.ended.is_set()

    def output(self) -> bytes:
        return bytes(self.command.output)

    async def wait(self, timeout_s: float | None = None) -> ExecResult | None:
        """`timeout_s` counts the command's own time: one that was paused for its neighbours is not given up sooner."""
        if timeout_s is None:
            return await self.session.wait(self.command)
        until = self.session.active_s(self.command) + timeout_s
        while (left := until - self.session.active_s(self.command)) > 0:
            with anyio.move_on_after(left):
                return await self.session.wait(self.command)
        return None

    async def kill(self) -> None:
        await self.session.kill(self.command)
