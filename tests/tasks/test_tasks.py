"""Every task against every prepared play: the reference passes; the untouched workspace, the lazy one and all cheats fail."""

import anyio
import pytest

from mldevbench.catalog import Catalog
from mldevbench.checking import CheckedPlay, check_tasks, plays
from mldevbench.local import local_node
from mldevbench.outcome import Outcome


@pytest.mark.timeout(3600)
def test_only_the_references_pass() -> None:
    """All tasks at once, so that no core waits for the last play of each."""
    catalog = Catalog()
    tasks = list(catalog.tasks.values())

    async def check() -> list[CheckedPlay]:
        async with local_node() as node:
            return [c async for c in check_tasks(tasks, catalog=catalog, node=node, profile="mini", concurrency=3)]

    checked = anyio.run(check)
    wrong = {(c.task, c.play): (c.outcome, c.fails, c.error, c.decided) for c in checked if not c.right}
    assert not wrong
    every = {(task.id, name) for task in tasks for name in ("instruction", *(play.name for play in plays(task)))}
    assert {(c.task, c.play) for c in checked} == every
    # What fails is decided by a check, never by an error on the way.
    assert all(c.decided for c in checked if c.expected is Outcome.FAILED)
