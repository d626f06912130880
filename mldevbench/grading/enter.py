"""How a process enters a sandbox that runs already, and gives up every privilege there. Linux; standard library only."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import struct
import sys
from dataclasses import dataclass

from mldevbench.sandbox import landlock
from mldevbench.sandbox.inside.keeper import set_rlimits

_NEWUSER, _NEWNS, _NEWPID, _NEWNET, _NEWIPC, _NEWUTS = 0x10000000, 0x20000, 0x20000000, 0x40000000, 0x8000000, 0x4000000
_NS_GET_USERNS = 0xB701
_SET_PDEATHSIG, _SET_DUMPABLE, _SET_SECCOMP, _CAPBSET_DROP, _SET_NO_NEW_PRIVS, _CAP_AMBIENT = 1, 4, 22, 24, 38, 47
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT, _LANDLOCK_BELOW = 444, 445, 446, 1
_SECCOMP_FILTER, _AMBIENT_CLEAR, _CAPABILITY_VERSION_3 = 2, 4, 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where to go (a process inside, whether it has a user namespace) and what to be there. `seccomp` may be empty."""

    pid: int
    uid: int
    gid: int
    userns: bool
    workdir: str
    rlimits: dict[str, int]
    seccomp: bytes


def die_with(parent: int) -> None:
    """Has Linux kill this process when the thread that started it ends; `parent` is the pid that it is expected to have."""
    if sys.platform != "linux":
        return
    _call(_libc.prctl, _SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def join(entrance: Entrance) -> None:
    """Moves this process into the sandbox's namespaces; its next child is inside wholly. Raises OSError."""
    process = os.pidfd_open(entrance.pid)
    if not entrance.userns:
        _call(_libc.setns, process, _NEWNS | _NEWPID | _NEWNET | _NEWIPC | _NEWUTS)
        return
    # The other namespaces may belong to a user namespace that lies between ours and the one that the process is in.
    mounts = os.open(f"/proc/{entrance.pid}/ns/mnt", os.O_RDONLY)
    inner = os.open(f"/proc/{entrance.pid}/ns/user", os.O_RDONLY)
    owner = fcntl.ioctl(mounts, _NS_GET_USERNS)
    _call(_libc.setns, owner, _NEWUSER)
    _call(_libc.setns, process, _NEWNS | _NEWPID | _NEWNET | _NEWIPC | _NEWUTS)
    if os.fstat(owner).st_ino != os.fstat(inner).st_ino:
        _call(_libc.setns, inner, _NEWUSER)


def drop(entrance: Entrance) -> None:
    """Gives up users, groups, capabilities and the ways to new ones, for good; sets limits and the system-call filter."""
    for capability in range(64):
        if _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # past the last one that this kernel knows
    if not entrance.userns:
        os.setgroups([])
        os.setresgid(entrance.gid, entrance.gid, entrance.gid)
        os.setresuid(entrance.uid, entrance.uid, entrance.uid)
    _call(_libc.prctl, _CAP_AMBIENT, _AMBIENT_CLEAR, 0, 0, 0)
    _call(_libc.capset, struct.pack("Ii", _CAPABILITY_VERSION_3, 0), bytes(24))
    set_rlimits(entrance.rlimits)
    _call(_libc.prctl, _SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _stay_below_root(landlock.abi())
    _call(_libc.prctl, _SET_DUMPABLE, 1, 0, 0, 0)  # as after exec; otherwise its own /proc/self/fd would be closed to it
    _call(_libc.prctl, _SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # a change of user has cleared the one that fork left
    if entrance.seccomp:
        _install(entrance.seccomp)


def _stay_below_root(version: int) -> None:
    """Has Landlock close what the sandbox does not show: /proc/self/exe and the like still lead to the host's own mounts.

    Not with version 1, which forbids any rename between folders. (`landlock.restrict` would take away TCP as well.)
    """
    if version < 2:
        return
    rights = (1 << min(12 + version, 15)) - 1  # all that the version has for files: 14 in version 2, 15 from version 3 on
    attributes = struct.pack("Q", rights)
    ruleset = _call(_libc.syscall, _LANDLOCK_CREATE, attributes, len(attributes), 0)
    root = os.open("/", os.O_PATH)
    _call(_libc.syscall, _LANDLOCK_ADD, ruleset, _LANDLOCK_BELOW, struct.pack("=Qi", rights, root), 0)
    _call(_libc.syscall, _LANDLOCK_RESTRICT, ruleset, 0)
    os.close(root)
    os.close(ruleset)


def _install(program: bytes) -> None:
    buffer = ctypes.create_string_buffer(program, len(program))
    packed = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    _call(_libc.prctl, _SET_SECCOMP, _SECCOMP_FILTER, packed, 0, 0)


def _call(function: ctypes._NamedFuncPointer, *arguments: object) -> int:
    # Every integer as a long: prctl reads longs, and ctypes passes ints.
    result = int(function(*(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{function.__name__}: {os.strerror(error)}")
    return result
