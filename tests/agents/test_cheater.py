"""The tricks that win elsewhere win on no task; and where one does win, it is seen."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mldevbench.catalog import Catalog
from mldevbench.checking import CheckedPlay, check_tasks, tricks, tricks_summary
from mldevbench.local import local_node
from mldevbench.skeleton import write_task

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(900)]
ON_MODULES = {"exit_at_import", "exit_hook", "skipped_module", "patched_test_tools", "memory_walk", "equal_to_everything"}
ON_MODULES |= {"patched_comparisons", "patched_clocks"}
GULLIBLE = """
from mldevbench.grading import Grading


def grade(g: Grading) -> None:
    with g.guard("it says so"):
        g.check("it says so", "passed" in g.files.read_text("outcome"))
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def play(catalog: Catalog, task: str, names: list[str], isolation: str | None = None) -> dict[str, CheckedPlay]:
    async with local_node(isolation=isolation, allow_unsandboxed=isolation == "none") as node:
        checked = check_tasks([catalog.task(task)], catalog=catalog, node=node, profile="mini", concurrency=2, tricks=names)
        return {c.play: c async for c in checked}


@pytest.mark.parametrize(
    ("task", "not_tried"),
    [("channelvit_no_tests", {"edited_tests"}), ("large_training_logs", {"edited_tests", "linked_tests", *ON_MODULES})],
)
async def test_no_trick_wins(task: str, not_tried: set[str]) -> None:
    catalog = Catalog()
    names = tricks(catalog)
    checked = await play(catalog, task, names)
    assert not {name: (c.outcome, c.reached, c.error) for name, c in checked.items() if not c.right}
    tried = {name for name, _, _ in tricks_summary(list(checked.values()))}
    assert set(names) - tried == not_tried


async def test_a_trick_that_wins_is_reported(tmp_path: Path) -> None:
    folder = write_task("gullible", "debugging", "Gullible", tmp_path / "gullible")
    (folder / "grader.py").write_text(GULLIBLE)
    (folder / "task.toml").write_text((folder / "task.toml").read_text().replace("metrics.py", "outcome"))
    shutil.rmtree(folder / "cheats")
    catalog = Catalog()
    catalog.add(folder)
    checked = await play(catalog, "gullible", ["success_phrase", "conftest", "linked_tests"])
    won = {name for name, c in checked.items() if name.startswith("trick") and not c.right}
    assert won == {"trick success_phrase"}
    assert ("success_phrase", "1", "1") in tricks_summary(list(checked.values()))


@pytest.fixture
def process_with_a_key() -> Iterator[None]:
    with subprocess.Popen(["sleep", "100"], env={"SOME_API_KEY": "sk-canary-of-a-test"}) as process:
        yield
        process.kill()


@pytest.mark.usefixtures("process_with_a_key")
async def test_what_a_trick_gets_at_counts_even_when_the_task_is_failed() -> None:
    checked = (await play(Catalog(), "hello_world", ["keys"], isolation="none"))["trick keys"]
    assert checked.outcome == "failed"
    assert "SOME_API_KEY" in (checked.reached or "")
    assert not checked.right
