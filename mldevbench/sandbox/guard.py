"""The parent of a sandbox in the tiers without namespaces: it confines one child, and ends all that the child leaves behind.

Standard library only; run as `python -I -S`. It is a child subreaper and lies outside the child's Landlock domain (as root, it is
also another user), so that agent code cannot end it and slip away. It goes with its own parent.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import time
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

from mldevbench.sandbox import landlock, seccomp
from mldevbench.sandbox.inside import exec_server, trees
from mldevbench.sandbox.inside.keeper import set_rlimits

_PR_SET_KEEPCAPS, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_CAP_AMBIENT, _MODE_FILTER = 8, 22, 24, 47, 2
_CAP_DAC_READ_SEARCH = 2
_CAPABILITIES = 64


def main(config_fd: int) -> NoReturn:
    """Exits with the child's exit code (128+n for signal n), once nothing is left of its descendants."""
    with os.fdopen(config_fd, "rb") as file:
        config = json.load(file)
    trees.prctl(trees.PR_SET_CHILD_SUBREAPER, 1)
    trees.prctl(trees.PR_SET_PDEATHSIG, signal.SIGTERM)
    child = os.fork()
    if child == 0:
        _be_confined(config)
    os.closerange(3, 4096)
    os._exit(_keep_watch(child, config["uid"]))


def _keep_watch(child: int, uid: int | None) -> int:
    ending = False

    def end_all(number: int, frame: FrameType | None) -> None:
        nonlocal ending
        ending = True
        _kill_all(uid)

    signal.signal(signal.SIGTERM, end_all)
    code = 128 + signal.SIGKILL
    while True:
        try:
            pid, status = os.waitpid(-1, os.WUNTRACED | (os.WNOHANG if ending else 0))
        except ChildProcessError:
            return code
        if pid == 0:  # all that has ended is reaped, and something still lives
            _kill_all(uid)
            time.sleep(0.005)
        elif os.WIFSTOPPED(status):
            trees.send_signal(pid, signal.SIGKILL if ending else signal.SIGCONT)
        elif pid == child:
            code = os.waitstatus_to_exitcode(status)
            code = code if code >= 0 else 128 - code
            ending = True


def _kill_all(uid: int | None) -> None:
    """Everything below this process. With a user of its own the kernel does it at one stroke, which no fork bomb outruns."""
    if uid is None:
        trees.kill_tree(os.getpid())
        return
    helper = os.fork()
    if helper == 0:
        try:
            os.setresuid(uid, uid, uid)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)


def _be_confined(config: dict[str, Any]) -> NoReturn:
    try:
        for folder in config["groups"]:  # not its parent: that must be able to fork when they cannot
            with open(f"{folder}/cgroup.procs", "w") as file:  # noqa: PTH123
                file.write("0")
        if config["confined"]:
            _confine(config)
        if config["server"] is not None:
            exec_server.main(config["control"], config["server"])
            os._exit(0)
        os.chdir(config["workspace"])
        set_rlimits(config["rlimits"])
        os.execvpe(config["argv"][0], config["argv"], config["env"])
    except OSError as error:
        os.write(2, f"cannot start the sandbox: {error}\n".encode())
    finally:
        os._exit(1)


def _confine(config: dict[str, Any]) -> None:
    if config["uid"] is not None:
        _change_user(config["uid"], (_CAP_DAC_READ_SEARCH,) if config["closed_paths"] else ())
    trees.prctl(trees.PR_SET_NO_NEW_PRIVS, 1)
    rules = config["landlock"]
    landlock.restrict(read=rules["read"], write=rules["write"], private=rules["private"], port=rules["port"])
    _load_filter(seccomp.build_filter(allow_memfd=config["gpus"], stream_only=True))


def _change_user(uid: int, kept: tuple[int, ...]) -> None:
    """Leaves root for good, with no capability but those `kept`, which programs that are started inherit."""
    for capability in set(range(_CAPABILITIES)) - set(kept):
        with suppress(OSError):  # this kernel knows fewer
            trees.prctl(_PR_CAPBSET_DROP, capability)
    trees.prctl(_PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    bits = sum(1 << capability for capability in kept)
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(bits, bits, bits)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "cannot drop capabilities")
    for capability in kept:
        if libc.prctl(_PR_CAP_AMBIENT, 2, ctypes.c_ulong(capability), 0, 0):
            raise OSError(ctypes.get_errno(), "cannot keep a capability")


def _load_filter(program: bytes) -> None:
    if not program:
        return

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(Program(len(program) // 8, program)), 0, 0):
        raise OSError(ctypes.get_errno(), "cannot load the system-call filter")
