from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from mldevbench.envs import task_python
from mldevbench.grading.warm import WarmServer


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the user of a sandbox can pass through, as that of a trial is."""
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session")
def warm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmServer]:
    """On an event loop of its own: one of the tests' would stay open with it, and no other could be run."""
    with start_blocking_portal() as portal:
        serving = WarmServer.start(task_python(), tmp_path_factory.mktemp("run"))
        with portal.wrap_async_context_manager(serving) as server:
            yield server


@pytest.fixture(params=["warm", "cold"])
def warm(request: pytest.FixtureRequest, warm_server: WarmServer) -> Path | None:
    """The socket of a warm process, and None for a cold start: both must come to the same verdict."""
    return warm_server.socket if request.param == "warm" else None
