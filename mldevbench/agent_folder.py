"""An agent's folder: agent.toml, the module with `solve`, and, for agents with packages of their own, requirements and driver."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

from pydantic import Field

from mldevbench import envs
from mldevbench.agent import Solve
from mldevbench.digest import folder_digest
from mldevbench.outcome import UserError
from mldevbench.toml_file import TomlModel, read_toml

REQUIREMENTS = "requirements.txt"


class EnvironmentEntry(TomlModel):
    """The packages of an agent that cannot share the runner's: `requirements.txt`, hash-pinned, in a Python of this version.

    The sizes are what was seen on Linux; they are told before anything is installed. `memory_gb` is what the agent itself needs
    while it works: its sandbox has that beside what the task asks for.
    """

    python: str = Field(pattern=r"^3\.\d+$")
    download_mb: int = Field(gt=0)
    installed_mb: int = Field(gt=0)
    memory_gb: float = Field(default=0.5, ge=0)

    @property
    def size(self) -> str:
        return f"about {self.download_mb} MB to fetch, {self.installed_mb} MB on disk"


class AgentFile(TomlModel):
    """The content of an agent.toml. Control agents use no model and see the task's answers; they check the tasks."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    title: str = Field(min_length=1)
    model: bool = True
    control: bool = False
    environment: EnvironmentEntry | None = None
    gpu_hold: Literal["trial", "command"] = "trial"
    """Whether it holds the task's GPUs from start to end, or each of its commands asks for them: `command` is for agents that do
    all their work by `ctx.sandbox.exec` and `spawn`, and say there what needs a GPU."""
    args: Mapping[str, str] = {}
    """Argument name -> what it does; other names are refused."""
    required: tuple[str, ...] = ()
    """Arguments that the agent cannot do without."""


class Agent:
    """An agent's folder: agent.toml, and a module with `async def solve(ctx)`."""

    def __init__(self, folder: Path, module: str) -> None:
        self.folder = folder
        self.module = module
        self.file = read_toml(folder / "agent.toml", AgentFile)
        self.id = self.file.id
        if self.file.environment and not self.requirements.is_file():
            raise UserError(f"{self.requirements} is missing; an agent with an environment needs it")

    @cached_property
    def digest(self) -> str:
        return folder_digest(self.folder)

    @property
    def requirements(self) -> Path:
        return self.folder / REQUIREMENTS

    @property
    def memory(self) -> int:
        """Bytes that the agent needs beside what the task asks for."""
        return int(self.file.environment.memory_gb * 2**30) if self.file.environment else 0

    @property
    def environment(self) -> Path | None:
        """Where its environment lies on this node, or would lie; None for an agent that needs none."""
        entry = self.file.environment
        return envs.location(self.id, self.requirements, entry.python) if entry else None

    @property
    def is_built(self) -> bool:
        """Whether `python` would answer at once on this node."""
        return self.environment is None or self.environment.exists()

    def python(self) -> Path | None:
        """The interpreter of its environment, built when it is not there yet. Raises InfraError when that cannot be done."""
        entry = self.file.environment
        return envs.environment(self.id, self.requirements, entry.python) if entry else None

    def load(self) -> Solve:
        return cast(Solve, importlib.import_module(self.module).solve)

    def check(self, args: Mapping[str, str]) -> None:
        """Raises UserError for arguments that the agent does not take, by name or (if it has `check_args`) by value."""
        for name in args:
            if name not in self.file.args:
                known = ", ".join(self.file.args) or "none"
                raise UserError(f"agent {self.id} has no argument {name!r}; it has: {known}")
        for name in self.file.required:
            if name not in args:
                raise UserError(
                    f"agent {self.id} needs the argument {name}: {self.file.args.get(name)}; give {self.id}?{name}=..."
                )
        if args and hasattr(module := importlib.import_module(self.module), "check_args"):
            module.check_args(args)
