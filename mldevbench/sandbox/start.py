"""Starting a program in a sandbox of any tier, and cleaning up after it."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from mldevbench.outcome import InfraError
from mldevbench.removal import remove_tree
from mldevbench.sandbox import cgroups
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.bwrap import HOME, LIBRARY, bwrap_command
from mldevbench.sandbox.cage import MARK, START_S, BwrapCage, Cage, GuardCage, end
from mldevbench.sandbox.cgroups import Group
from mldevbench.sandbox.descriptors import Descriptors
from mldevbench.sandbox.kinds import tier_named
from mldevbench.sandbox.network import connected, require_network
from mldevbench.sandbox.processes import shared_memory_of
from mldevbench.sandbox.uids import hand_over, has_own_users, lent_uid, passable, reachable
from mldevbench.sandbox.view import (
    SYSTEM_FILES,
    SYSTEM_LINKS,
    WORKSPACE,
    base_python,
    environment,
    gpu_devices,
    shown_prefixes,
)

_SERVE = "import sys, json; sys.path.insert(0, sys.argv[1]); from mldevbench.sandbox.inside.exec_server import main; "
_SERVE += "main(int(sys.argv[2]), json.loads(sys.argv[3]))"
_GUARD = "import sys; sys.path.insert(0, sys.argv[1]); from mldevbench.sandbox.guard import main; main(int(sys.argv[2]))"
_ENTER = 'cd "$3" && printf . >&$1 && eval "exec $1>&- </dev/null >/dev/null 2>&1 $2" && shift 3 && exec "$@"'
"""Says that it runs, gives descriptors the numbers that the program expects, and becomes the program."""

_DEVICES = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")]


@dataclass(frozen=True)
class Program:
    """What runs first: the exec server on descriptor `control`, or `argv` with `fds` (caller's number -> number inside)."""

    argv: Sequence[str] = ()
    fds: Mapping[int, int] = field(default_factory=dict)
    control: int | None = None
    port: int | None = None


@asynccontextmanager
async def open_cage(spec: SandboxSpec, tier: str, program: Program) -> AsyncIterator[Cage]:
    """A started sandbox; leaving the context ends every process inside, and only then gives back what it had.

    The launcher is spawned on the calling thread and dies with it: that must be the event loop's thread, not a worker.
    """
    require_network(spec, tier)
    kind = tier_named(tier)
    with ExitStack() as stack:
        own_user = tier == "uid+landlock" or (kind.namespaces and has_own_users())
        uid = stack.enter_context(lent_uid()) if own_user else None
        if uid is not None:
            await anyio.to_thread.run_sync(hand_over, spec.workspace, uid)
        group = stack.enter_context(cgroups.group(spec.limits))
        private = stack.enter_context(_private_folder(uid)) if not kind.namespaces else None
        with Descriptors() as box:
            ready, say_ready = box.pipe()
            stack.callback(os.close, ready)
            if private is None:
                info, say_info = box.pipe()
                stack.callback(os.close, info)
                cage: Cage = _start_bwrap(spec, program, uid, box, group, say_ready, say_info, proc=kind.shows_proc)
            else:
                cage = _start_guard(spec, program, uid, box, group, say_ready, private, confined=tier != "none")
            stack.callback(cage.close)
        try:
            if isinstance(cage, BwrapCage):
                await cage.describe(info)
            async with connected(spec, cage.namespaces):
                if program.control is None:
                    await _await_ready(cage, ready)
                    cage.running()
                yield cage
        finally:
            await end(cage)


def rlimits(spec: SandboxSpec, own_user: bool) -> dict[str, int]:
    """The kernel counts the processes of a user (in a user namespace); where that is the caller, its own come on top."""
    processes = spec.limits.processes + (0 if own_user else _processes_of(os.getuid()))
    return {"RLIMIT_FSIZE": spec.limits.workspace, "RLIMIT_CORE": 0, "RLIMIT_NPROC": processes}


def _processes_of(uid: int) -> int:
    """Processes and threads of a user on this machine."""
    count = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):
                count += len(list((folder / "task").iterdir())) if folder.stat().st_uid == uid else 0
    return count


def _start_bwrap(
    spec: SandboxSpec,
    program: Program,
    uid: int | None,
    box: Descriptors,
    group: Group,
    say_ready: int,
    say_info: int,
    *,
    proc: bool,
) -> BwrapCage:
    if program.control is not None:
        control = box.copy(program.control)
        config = _server_config(spec, WORKSPACE, own_user=True, door=spec.door, proc=proc)
        inside = [str(base_python(spec.python)), "-I", "-S", "-c", _SERVE, LIBRARY, str(control), json.dumps(config)]
    else:
        bounds = {name.removeprefix("RLIMIT_").lower(): bound for name, bound in rlimits(spec, True).items()}
        variables = [f"{name}={value}" for name, value in environment(spec, home=HOME, tmp="/tmp").items()]
        inside = ["/usr/bin/prlimit", *(f"--{name}={bound}" for name, bound in bounds.items())]
        inside += ["/usr/bin/env", "-i", *variables, *_entered(program, WORKSPACE, box, say_ready)]
    argv = bwrap_command(spec, inside, uid, box, say_info, pid1=program.control is not None, proc=proc)
    return BwrapCage(argv, box.numbers, spec, group, uid, proc=proc)


def _start_guard(
    spec: SandboxSpec,
    program: Program,
    uid: int | None,
    box: Descriptors,
    group: Group,
    say_ready: int,
    private: Path,
    *,
    confined: bool,
) -> GuardCage:
    mark = secrets.token_hex(8)
    variables = environment(spec, home=str(private / "home"), tmp=str(private / "tmp"))
    serving = program.control is not None
    config: dict[str, Any] = {
        "confined": confined,
        "groups": [str(folder) for folder in group.folders],
        "uid": uid,
        "closed_paths": uid is not None and _paths_are_closed(spec),
        "gpus": spec.has_gpus,
        "landlock": _landlock_rules(spec, private, program.port),
        "control": box.copy(program.control) if program.control is not None else None,
        "server": _server_config(spec, str(spec.workspace), own_user=uid is not None) if serving else None,
        "workspace": str(spec.workspace),
        "rlimits": rlimits(spec, own_user=uid is not None),
        "argv": _entered(program, str(spec.workspace), box, say_ready),
        "env": {**variables, MARK: mark},
    }
    library = str(Path(__file__).parents[2])
    argv = [str(base_python(spec.python)), "-I", "-S", "-c", _GUARD, library, str(box.data(json.dumps(config).encode()))]
    return GuardCage(argv, box.numbers, spec, group, uid, private, mark)


def _server_config(spec: SandboxSpec, workspace: str, *, own_user: bool, door: bool = False, proc: bool = True) -> dict[str, Any]:
    bounds = rlimits(spec, own_user)
    return {"workspace": workspace, "door": door, "proc": proc, "output": spec.limits.output, "rlimits": bounds}


def _entered(program: Program, workspace: str, box: Descriptors, say_ready: int) -> list[str]:
    moves = " ".join(f"{number}<&{box.copy(fd)}-" for fd, number in program.fds.items())
    return ["/bin/bash", "-c", _ENTER, "bash", str(say_ready), moves, workspace, *program.argv]


async def _await_ready(cage: Cage, ready: int) -> None:
    with anyio.move_on_after(START_S):
        await anyio.wait_readable(ready)
        if os.read(ready, 1):
            return
    raise InfraError("sandbox_start", f"the sandbox did not start: {cage.complaint() or 'no reason given'}")


def _paths_are_closed(spec: SandboxSpec) -> bool:
    """Whether another user cannot get to what the sandbox shows by itself, as below root's home.

    It is then let past the permissions of files, for reading only: Landlock's rules still say which files.
    """
    shown = [base_python(spec.python), *shown_prefixes(spec), *spec.binds.values()]
    return not (all(reachable(path) for path in shown) and passable(spec.workspace.parent))


@contextmanager
def _private_folder(uid: int | None) -> Iterator[Path]:
    """A folder with `home` and `tmp` of one sandbox, for tiers that cannot mount their own."""
    folder = Path(tempfile.mkdtemp(prefix="mldevbench-")).resolve()
    try:
        folder.chmod(0o711)
        for name in ("home", "tmp"):
            (folder / name).mkdir(mode=0o700)
            if uid is not None:
                os.chown(folder / name, uid, uid)
        if uid is not None:  # what a killed runner may have left of an earlier sandbox of this user
            _clear_shared_memory(uid)
        yield folder
    finally:
        remove_tree(folder)
        if uid is not None:
            _clear_shared_memory(uid)


def _clear_shared_memory(uid: int) -> None:
    for path in shared_memory_of(uid):
        with suppress(OSError):
            path.unlink()


def _landlock_rules(spec: SandboxSpec, private: Path, port: int | None) -> dict[str, Any]:
    shown = ["/usr", "/proc", *SYSTEM_LINKS, *SYSTEM_FILES, "/etc/passwd", "/etc/group", "/etc/hosts"]
    shown += [str(path) for path in (*shown_prefixes(spec), *spec.binds.values())]
    changed = [str(spec.workspace), str(private / "home"), str(private / "tmp"), *_DEVICES, *gpu_devices(spec)]
    return {"read": shown, "write": changed, "private": ["/dev/shm"], "port": port}
