"""A started sandbox as a set of processes: the handle that waits for it, measures it and ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio

from mldevbench.outcome import InfraError
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.bwrap import HOME
from mldevbench.sandbox.cgroups import Group
from mldevbench.sandbox.inside import trees
from mldevbench.sandbox.processes import ProcessTable, folder_bytes, shared_memory_of, shown_in
from mldevbench.sandbox.view import SCRUBBED, WORKSPACE, environment

START_S = 30.0
END_S = 20.0
MARK = "MLDEVBENCH_SANDBOX"
"""Variable that marks the processes of tiers without namespaces, so that strays can be found."""


@dataclass(frozen=True)
class Namespaces:
    """What a warm process needs to join a sandbox: a process inside (its number on the host) and who to be there.

    With `userns` the namespaces belong to a user namespace of the caller's own user, which must be joined first and last.
    """

    pid: int
    uid: int
    gid: int
    userns: bool
    workdir: str


@dataclass(frozen=True)
class Where:
    """Paths as the sandbox sees them."""

    workspace: str
    home: str
    tmp: str


class Cage(ABC):
    """One started sandbox. `table` is there once `running` was called; `namespaces` for bubblewrap only.

    `memory_peak` is the most bytes that were seen resident at once, files of libraries included.
    """

    def __init__(
        self, argv: Sequence[str], fds: Sequence[int], spec: SandboxSpec, group: Group, extra: Mapping[str, str], where: Where
    ) -> None:
        self.spec, self.group, self.where = spec, group, where
        self.variables = {**environment(spec, home=where.home, tmp=where.tmp), **extra}
        self._errors = os.memfd_create("stderr", os.MFD_CLOEXEC)
        try:
            self._process = subprocess.Popen(
                argv,
                env={**SCRUBBED, **extra},
                cwd="/",
                pass_fds=fds,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                start_new_session=True,
            )
        except OSError as error:
            os.close(self._errors)
            raise InfraError("sandbox_start", f"cannot start {argv[0]}: {error.strerror}") from None
        self.pidfd = os.pidfd_open(self._process.pid)
        self.namespaces: Namespaces | None = None
        self.table: ProcessTable | None = None
        self.memory_peak = 0

    @abstractmethod
    def running(self) -> None:
        """To be called once the first program inside is known to run. Leaves `table` empty when it has ended by then."""

    @abstractmethod
    def disk_bytes(self) -> tuple[int, int]:
        """Bytes in the workspace, and in temporary folders on disk."""

    def signal(self, what: str, keepers: Set[int]) -> None:  # noqa: B027
        """Pauses, resumes or kills the trees below these processes (their numbers inside), where that is done from outside."""

    @abstractmethod
    def kill(self) -> None:
        """Ends every process inside; does not wait."""

    async def wait(self) -> int:
        """The exit code (128+n for signal n), once no process is left."""
        if self._process.returncode is None:
            await anyio.wait_readable(self.pidfd)
        code = self._process.wait()
        return code if code >= 0 else 128 - code

    def complaint(self) -> str:
        """What the launcher said on stderr."""
        return os.pread(self._errors, 2000, 0).decode(errors="replace").strip()

    def close(self) -> None:
        for fd in (self.pidfd, self._errors):
            os.close(fd)
        if self.table:
            self.table.close()


class BwrapCage(Cage):
    """Bubblewrap: killing the first process of the PID namespace ends all the others, by the kernel's hand."""

    def __init__(
        self, argv: Sequence[str], fds: Sequence[int], spec: SandboxSpec, group: Group, uid: int | None, *, proc: bool
    ) -> None:
        super().__init__(group.entered(argv), fds, spec, group, {}, Where(WORKSPACE, HOME, "/tmp"))
        self._uid, self._proc = uid, proc
        self._first = -1

    async def describe(self, info: int) -> None:
        """Reads from bubblewrap which process is the first one inside."""
        text = b""
        with anyio.move_on_after(START_S):
            while not text.rstrip().endswith(b"}"):
                await anyio.wait_readable(info)
                piece = os.read(info, 4096)
                if not piece:
                    break
                text += piece
        try:
            pid = int(json.loads(text)["child-pid"])
            self._first = os.pidfd_open(pid)
        except (ValueError, KeyError, OSError):
            self.kill()
            raise InfraError("sandbox_start", f"bubblewrap did not start: {self.complaint() or 'no reason given'}") from None
        uid = os.getuid() if self._uid is None else self._uid
        gid = os.getgid() if self._uid is None else self._uid
        self.namespaces = Namespaces(pid, uid, gid, self._uid is None, WORKSPACE)

    def running(self) -> None:
        assert self.namespaces is not None
        root = Path(f"/proc/{self.namespaces.pid}/root")
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        proc_root = root if self._proc else Path("/")
        with suppress(OSError):
            mounts = [os.open(root / name, flags) for name in ("tmp", "dev/shm", "home/agent")]
            proc = os.open(proc_root / "proc", flags)
            self.table = ProcessTable(proc, (lambda: shown_in(proc)) if self._proc else self._numbers, mounts)

    def _numbers(self) -> list[int]:
        """The processes inside, by their numbers on the host."""
        assert self.namespaces is not None
        return [self.namespaces.pid, *trees.descendants(self.namespaces.pid)]

    def signal(self, what: str, keepers: Set[int]) -> None:
        act = {"pause": trees.stop_tree, "resume": trees.resume_tree, "kill": trees.kill_tree}[what]
        for pid in self._numbers():
            with suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text()
                if int(status.partition("\nNSpid:")[2].split("\n", 1)[0].split()[-1]) in keepers:
                    act(pid)

    def disk_bytes(self) -> tuple[int, int]:
        return folder_bytes(self.spec.workspace), 0

    def kill(self) -> None:
        try:  # bubblewrap itself is left to reap it
            signal.pidfd_send_signal(self._first if self._first >= 0 else self.pidfd, signal.SIGKILL)
        except ProcessLookupError:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    async def wait(self) -> int:
        if self._first >= 0:  # its end is seen only when the whole namespace is empty
            await anyio.wait_readable(self._first)
        return await super().wait()

    def close(self) -> None:
        super().close()
        if self._first >= 0:
            os.close(self._first)


class GuardCage(Cage):
    """The tiers without namespaces: the guard ends what is below it, and a sweep of /proc what got away."""

    def __init__(
        self, argv: Sequence[str], fds: Sequence[int], spec: SandboxSpec, group: Group, uid: int | None, private: Path, mark: str
    ) -> None:
        where = Where(str(spec.workspace), str(private / "home"), str(private / "tmp"))
        super().__init__(argv, fds, spec, group, {MARK: mark}, where)
        self._uid, self._private, self._mark = uid, private, f"{MARK}={mark}".encode()

    def running(self) -> None:
        guard = self._process.pid
        self.table = ProcessTable(os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), lambda: trees.descendants(guard))

    def disk_bytes(self) -> tuple[int, int]:
        shared = sum(shared_memory_of(self._uid).values()) if self._uid is not None else 0
        return folder_bytes(self.spec.workspace), folder_bytes(self._private) + shared

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGTERM)

    async def wait(self) -> int:
        code = await super().wait()
        while strays := self._strays():
            for pid in strays:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await anyio.sleep(0.01)
        return code

    def _strays(self) -> list[int]:
        """Processes of this sandbox that are no descendants of the guard any more, because agent code killed it."""
        found = []
        for pid in (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()):
            with suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_bytes()
                if self._uid is not None:
                    ours = b"\nUid:\t%d\t" % self._uid in status
                else:
                    ours = self._mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
                if ours and b"\nState:\tZ" not in status:
                    found.append(pid)
        return found


async def end(cage: Cage) -> None:
    """Kills everything inside and waits until it is gone, whatever happens to the caller. Raises InfraError after 20 s."""
    with anyio.CancelScope(shield=True):
        deadline = time.monotonic() + END_S
        while time.monotonic() < deadline:
            cage.kill()
            with anyio.move_on_after(1.0):
                await cage.wait()
                return
        raise InfraError("runner", f"a sandbox could not be ended within {END_S:.0f} s; a process in it hangs in the kernel")
