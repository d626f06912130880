"""What the sandbox tests share: real sandboxes of every tier that this machine can hold."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mldevbench.clock import TrialClock
from mldevbench.sandbox import NodeBroker, SandboxLimits, SandboxSpec, open_sandbox
from mldevbench.sandbox.session import Session
from tests.sandbox.helpers import CONFINED, PYTHON, Open


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=[*CONFINED, "none"])
def tier(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=CONFINED)
def confined(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may pass through, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name).resolve()
        path.chmod(0o711)
        yield path


@pytest.fixture
def workspace(folder: Path) -> Path:
    path = folder / "workspace"
    path.mkdir()
    return path


@pytest.fixture
def opened(workspace: Path) -> Open:
    """`async with opened(tier, memory=...) as sandbox`: keywords are limits, broker, clock, free_s, or fields of SandboxSpec."""

    @asynccontextmanager
    async def open_one(tier: str, **options: Any) -> AsyncIterator[Session]:
        how = {"broker": NodeBroker(2), "clock": TrialClock()}
        how |= {name: options.pop(name) for name in ("broker", "clock", "free_s") if name in options}
        limits = SandboxLimits(**{name: options.pop(name) for name in SandboxLimits.__slots__ if name in options})
        spec = SandboxSpec(**{"workspace": workspace, "python": PYTHON, "limits": limits, **options})
        async with open_sandbox(spec, tier=tier, **how) as sandbox:
            yield sandbox

    return open_one
