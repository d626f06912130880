"""What the tests of the cluster share. Ray reads its environment when it is imported, so that is set here, before any of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cluster.connect import connect, set_environment

set_environment()


@pytest.fixture(scope="module")
def local_ray() -> Iterator[None]:
    """This process is the driver of a Ray of its own."""
    import ray

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RAY_ADDRESS", raising=False)
        connect()
        yield
        ray.shutdown()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
