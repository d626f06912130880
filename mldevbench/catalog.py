"""Finds tasks and agents: the folders of this checkout, and those of installed packages (entry points).

A package offers tasks or agents by an entry point in the group `mldevbench.tasks` or `mldevbench.agents` whose value is the
module that lies in the folder (for tasks: the task's folder, or a folder of task folders; for agents: the module with `solve`).
"""

from __future__ import annotations

import difflib
import importlib.metadata
import importlib.util
import string
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar, cast

from pydantic import Field, field_validator

from mldevbench.agent_folder import Agent
from mldevbench.digest import folder_digest
from mldevbench.offers import service_source
from mldevbench.outcome import UserError
from mldevbench.paths import PACKAGE_ROOT
from mldevbench.sandbox.base import SandboxLimits
from mldevbench.spec import Resources
from mldevbench.toml_file import TomlModel, read_toml

Category = Literal[
    "dataset_handling", "model_training", "debugging", "api_integration", "model_implementation", "performance", "smoke"
]
CATEGORIES: Mapping[str, str] = {
    "dataset_handling": "Dataset Handling",
    "model_training": "Model Training",
    "debugging": "Debugging",
    "api_integration": "API Integration",
    "model_implementation": "Model Implementation",
    "performance": "Performance",
    "smoke": "Smoke",
}
"""Identifier -> title, in the paper's order; `smoke` is ours."""

GIB = 2**30


class ResourcesEntry(TomlModel):
    """What a trial of the task asks of a node. `accelerator` is a Ray accelerator type such as "A100"."""

    cpus: float = Field(default=1, gt=0)
    gpus: float = Field(default=0, ge=0)
    memory_gb: float = Field(default=2, gt=0)
    accelerator: str | None = None

    @field_validator("gpus")
    @classmethod
    def _whole(cls, gpus: float) -> float:
        if gpus > 1 and gpus != int(gpus):
            raise ValueError("more than one GPU must be a whole number")
        return gpus


class TimeEntry(TomlModel):
    """Seconds that solving (when the sweep sets no limit of its own) and grading may take, waiting excluded."""

    solve_s: float = Field(default=1800, gt=0)
    grade_s: float = Field(default=300, gt=0)


class AssetsEntry(TomlModel):
    """Data by role: `mount` is bound read-only into the sandbox, `serve` is offered at the door, `hidden` is for grading only."""

    mount: tuple[str, ...] = ()
    serve: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.mount + self.serve + self.hidden))


class Profile(TomlModel):
    """How a task is run in one profile. `values` fill the instruction's placeholders and are the grader's numbers."""

    resources: ResourcesEntry = ResourcesEntry()
    time: TimeEntry = TimeEntry()
    network: Literal["none", "full"] = "none"
    proc: bool = False
    """Whether programs that solve it look themselves up in /proc, which the tier bwrap-noproc does not show."""
    services: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}
    """Variables of the agent's commands and of probes; values may name places, as the instruction does."""
    assets: AssetsEntry = AssetsEntry()
    workspace_gb: float = Field(default=2, gt=0)
    submission_gb: float = Field(default=1, gt=0)
    values: Mapping[str, int | float | str | bool] = {}

    @property
    def shape(self) -> Resources:
        r = self.resources
        return Resources(r.cpus, r.gpus, int(r.memory_gb * GIB), r.accelerator)

    @property
    def sandbox_limits(self) -> SandboxLimits:
        return SandboxLimits(memory=int(self.resources.memory_gb * GIB), workspace=int(self.workspace_gb * GIB))


class TaskFile(TomlModel):
    """The content of a task.toml. `outputs` are the paths or globs that grading may look at; nothing else is taken."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=1)
    paper_row: str | None = None
    category: Category
    difficulty: Literal["easy", "medium", "hard"]
    outputs: tuple[str, ...] = Field(min_length=1)
    profiles: Mapping[Literal["mini", "full"], Profile] = Field(min_length=1)


class Task:
    """A task folder: its task.toml, and what lies beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = read_toml(folder / "task.toml", TaskFile)
        for needed in ("instruction.md", "grader.py", "solution"):
            if not (folder / needed).exists():
                raise UserError(f"{folder / needed} is missing; a task needs it")
        self.id = self.file.id

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits over every file of the folder and the definitions of the assets and services that it names."""
        from mldevbench.data import sources

        named = {a for p in self.file.profiles.values() for a in p.assets.all}
        extra = [source.read_bytes() for a in sorted(named) for source in sources(a, self.folder)]
        services = {s for p in self.file.profiles.values() for s in p.services}
        extra += [service_source(s, self.folder).read_bytes() for s in sorted(services)]
        return folder_digest(self.folder, extra)

    def profile(self, name: str) -> Profile:
        try:
            return self.file.profiles[cast(Literal["mini", "full"], name)]
        except KeyError:
            raise UserError(f"task {self.id} has no profile {name!r}; it has {', '.join(self.file.profiles)}") from None

    def instruction(self, profile: str, places: Mapping[str, str]) -> str:
        """The text for the agent: `$name` stands for a value of the profile or a place (`workspace`, `door`, an asset)."""
        path = self.folder / "instruction.md"
        return _filled(path.read_text(), {**self.profile(profile).values, **places}, f"{path}")

    def environment(self, profile: str, places: Mapping[str, str]) -> dict[str, str]:
        """The profile's variables, with places filled in."""
        where = f"{self.folder / 'task.toml'}: environment"
        return {k: _filled(v, places, where) for k, v in self.profile(profile).environment.items()}

    @property
    def labels(self) -> dict[str, str | None]:
        """What every record of this task carries."""
        return {"paper_row": self.file.paper_row, "category": self.file.category, "title": self.file.title}

    @property
    def cheats(self) -> tuple[str, ...]:
        """The names of the folders in cheats/."""
        return tuple(sorted(p.name for p in (self.folder / "cheats").glob("*") if p.is_dir()))


T = TypeVar("T", Task, Agent)


class Catalog:
    """Every task and agent that there is. Reading it checks them all, so that a broken folder is found before a sweep starts."""

    def __init__(self) -> None:
        self.tasks = _index(Task(f) for f in _task_folders())
        self.agents = _index(Agent(folder, module) for folder, module in _agent_folders())

    def task(self, name: str) -> Task:
        return _pick("task", name, self.tasks)

    def agent(self, name: str) -> Agent:
        return _pick("agent", name, self.agents)

    def add(self, folder: Path) -> Task:
        """The task in a folder, which need not be one of the known ones; from now on it is."""
        task = Task(folder.resolve())
        self.tasks = _index([task, *(t for t in self.tasks.values() if t.folder.resolve() != task.folder)])
        return task

    def select(self, expression: str) -> list[Task]:
        """Tasks by `all`, `paper`, `category:NAME` or identifiers, separated by commas; each once, in order."""
        chosen: dict[str, Task] = {}
        for word in (w.strip() for w in expression.split(",") if w.strip()):
            if word in ("all", "paper"):
                found = [t for t in self.tasks.values() if word == "all" or t.file.paper_row]
            elif word.startswith("category:"):
                category = word.removeprefix("category:")
                _pick("category", category, dict.fromkeys(CATEGORIES))
                found = [t for t in self.tasks.values() if t.file.category == category]
            else:
                found = [self.task(word)]
            chosen |= {t.id: t for t in found}
        if not chosen:
            raise UserError(f"tasks {expression!r} chooses no task; see `mldevbench tasks list`")
        return list(chosen.values())


def _task_folders() -> Iterator[Path]:
    yield from sorted(p.parent for p in (PACKAGE_ROOT / "tasks").glob("*/*/task.toml"))
    for entry in importlib.metadata.entry_points(group="mldevbench.tasks"):
        folder = _module_folder(entry.value)
        yield from sorted(p.parent for p in [*folder.glob("task.toml"), *folder.glob("*/task.toml")])


def _agent_folders() -> Iterator[tuple[Path, str]]:
    for path in sorted((PACKAGE_ROOT / "agents").glob("*/agent.toml")):
        yield path.parent, f"agents.{path.parent.name}.agent"
    for entry in importlib.metadata.entry_points(group="mldevbench.agents"):
        yield _module_folder(entry.value), entry.value


def _module_folder(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise UserError(f"the entry point module {module!r} cannot be found; reinstall the package that names it")
    return Path(spec.origin).parent


def _filled(text: str, names: Mapping[str, object], where: str) -> str:
    try:
        return string.Template(text).substitute(names)
    except (KeyError, ValueError) as error:
        raise UserError(f"{where}: {error} is none of {', '.join(names)}") from None


def _index(entries: Iterable[T]) -> dict[str, T]:
    found: dict[str, T] = {}
    for entry in entries:
        if entry.id in found:
            raise UserError(f"{entry.folder}: the id {entry.id!r} is taken by {found[entry.id].folder}; give it another")
        found[entry.id] = entry
    return found


V = TypeVar("V")


def _pick(kind: str, name: str, known: Mapping[str, V]) -> V:
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, n=1)
    mend = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
    raise UserError(f"no {kind} is called {name!r}; {mend}")
