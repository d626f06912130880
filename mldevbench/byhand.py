"""A task tried by hand, by a person or by any agent from outside: a folder to work in, its door, and the verdict."""

from __future__ import annotations

import json
import shlex
import socket
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import anyio

from mldevbench.catalog import Task
from mldevbench.clock import TrialClock
from mldevbench.gateway import Gateway
from mldevbench.node import Node
from mldevbench.offers import Offers
from mldevbench.outcome import Grade, UserError
from mldevbench.place import trial_folder
from mldevbench.spec import Limits
from mldevbench.workspace import Heard, gather, grade, lay_out

STATE = ".mldevbench"
"""Folder in the workspace that holds what this module has to remember. It is never graded."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder that `prepare` made: which task and profile it is for, and the address of its door."""

    task: str
    profile: str
    port: int

    @property
    def door(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @classmethod
    def read(cls, folder: Path, task: Task) -> Desk:
        """Raises UserError when the folder was not prepared, or for another task."""
        path = folder / STATE / "task.json"
        try:
            desk = cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            mend = f"make it with `mldevbench tasks prepare {task.id} {folder}`"
            raise UserError(f"{folder} is no folder of `tasks prepare`; {mend}") from None
        if desk.task != task.id:
            raise UserError(f"{folder} was prepared for the task {desk.task}, not for {task.id}")
        return desk


async def prepare(task: Task, profile: str, folder: Path, python: Path) -> str:
    """Makes the new folder `folder` with the task's files, and returns the instruction filled in for it.

    `.mldevbench/environment.sh` in it sets what commands in a sandbox would see; nothing is isolated here.
    """
    assets = await gather(task, profile, python)
    desk = Desk(task.id, profile, _free_port())
    mounted = {name: str(assets[name]) for name in task.profile(profile).assets.mount}
    places = {**mounted, "workspace": str(folder), "door": desk.door}
    instruction = task.instruction(profile, places)
    variables = {"MLDEVBENCH_PROFILE": profile, "DOOR": desk.door}
    variables |= {f"ASSET_{name.upper()}": path for name, path in mounted.items()} | task.environment(profile, places)
    await lay_out(task, folder)
    state = folder / STATE
    state.mkdir()
    (state / "instruction.md").write_text(instruction)
    (state / "environment.sh").write_text(_exports(python, variables))
    (state / "task.json").write_text(json.dumps(asdict(desk)))
    return instruction


async def serve(task: Task, desk: Desk, folder: Path, python: Path, ready: Callable[[str], None]) -> None:
    """Serves what the task offers at its door until cancelled; `ready` is told the address.

    What was heard is kept for `judge` before it is answered, so a verdict asked for right after knows of it.
    Services start empty each time. Raises UserError when the port is taken.
    """
    chosen = task.profile(desk.profile)
    assets = await gather(task, desk.profile, python)
    offers = Offers.make([assets[name] for name in chosen.assets.serve], chosen.services, task.folder)
    before = _heard(folder).requests
    try:
        listener = socket.create_server(("127.0.0.1", desk.port))
    except OSError as error:
        raise UserError(f"port {desk.port}, the door of {folder}, cannot be used: {error.strerror}") from None
    with listener:
        listener.setblocking(False)
        async with Gateway() as gateway:
            opened = gateway.open_door(trial=task.id, model=None, limits=Limits(), seed=0, clock=TrialClock())
            async with opened as door, door.serve(listener, desk.door, offers):

                def keep() -> None:
                    _save(folder, Heard(before + door.requests, offers.records()))

                keep()
                door.before_answer = keep
                ready(desk.door)
                await anyio.sleep_forever()


async def judge(task: Task, desk: Desk, folder: Path, node: Node) -> Grade:
    """The verdict on what lies in a prepared folder now; it can be asked for as often as one likes."""
    assets = await gather(task, desk.profile, node.python)
    offers = Offers.make([], task.profile(desk.profile).services, task.folder)
    heard = _heard(folder)
    heard = Heard(heard.requests, {**offers.records(), **heard.services})
    async with trial_folder("byhand") as place:
        found, _ = await grade(task, desk.profile, folder, place=place, node=node, gpus=node.gpus, assets=assets, heard=heard)
    return found


def _exports(python: Path, variables: Mapping[str, str]) -> str:
    path = f'export PATH={shlex.quote(str(python.absolute().parent))}:"$PATH"\n'
    return path + "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _heard(folder: Path) -> Heard:
    path = folder / STATE / "heard.json"
    if not path.exists():
        return Heard()
    found = json.loads(path.read_text())
    return Heard(tuple(found["requests"]), found["services"])


def _save(folder: Path, heard: Heard) -> None:
    path = folder / STATE / "heard.json"
    path.with_suffix(".new").write_text(json.dumps(asdict(heard)))
    path.with_suffix(".new").replace(path)
