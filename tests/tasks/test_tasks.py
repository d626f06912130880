"""Every task against every prepared play: the reference passes; the untouched workspace, the lazy one and all cheats fail."""

from collections.abc import AsyncIterator

import pytest

from mldevbench.catalog import Catalog, Task
from mldevbench.checking import check_tasks, plays
from mldevbench.local import local_node
from mldevbench.node import Node
from mldevbench.outcome import Outcome

CATALOG = Catalog()
TASKS = list(CATALOG.tasks.values())


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def node(anyio_backend: str) -> AsyncIterator[Node]:
    async with local_node() as node:
        yield node


@pytest.mark.anyio
@pytest.mark.timeout(900)
@pytest.mark.parametrize("task", TASKS, ids=[task.id for task in TASKS])
async def test_only_the_reference_passes(task: Task, node: Node) -> None:
    checked = [c async for c in check_tasks([task], catalog=CATALOG, node=node, profile="mini", concurrency=2)]
    wrong = {c.play: (c.outcome, c.error, c.decided) for c in checked if not c.right}
    assert not wrong
    assert {c.play for c in checked} == {"instruction", *(play for play, _, _ in plays(task))}
    # What fails is decided by a check, never by an error on the way.
    assert all(c.decided for c in checked if c.expected is Outcome.FAILED)
