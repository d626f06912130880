"""The skeleton of a new task: a small task that works, to be changed piece by piece into the one that is meant."""

from __future__ import annotations

import shutil
from pathlib import Path

from mldevbench.catalog import CATEGORIES, Catalog, Task
from mldevbench.outcome import UserError
from mldevbench.paths import PACKAGE_ROOT

TEMPLATE = Path(__file__).with_name("template")


def write_task(name: str, category: str, title: str, into: Path | None = None) -> Path:
    """Writes the folder of a task called `name`, by default in this checkout, and returns it. Raises UserError."""
    if category not in CATEGORIES:
        raise UserError(f"no category is called {category!r}; there are {', '.join(CATEGORIES)}")
    if name in (known := Catalog().tasks):
        raise UserError(f"the id {name!r} is taken by {known[name].folder}; give the task another")
    folder = (into or PACKAGE_ROOT / "tasks" / category / name).absolute()
    if folder.exists():
        raise UserError(f"{folder} is there already; name a folder that does not exist yet")
    words = {"@id@": name, "@title@": title.replace("\\", "").replace('"', "'"), "@category@": category}
    building = folder.with_name(folder.name + ".new")
    shutil.copytree(TEMPLATE, building, ignore=shutil.ignore_patterns("__pycache__"))
    try:
        for path in (building / "task.toml", building / "instruction.md"):
            text = path.read_text()
            for mark, word in words.items():
                text = text.replace(mark, word)
            path.write_text(text)
        Task(building)
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building)
        raise
    return folder
