"""The parent of a sandbox in the tiers without namespaces: it confines one child, and ends all that the child leaves behind.

Standard library only; run as `python -I -S`. It is a child subreaper and lies outside the child's Landlock domain (as root, it is
also another user), so that agent code cannot end it and slip away. It goes with its own parent.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
from types import FrameType
from typing import Any, NoReturn

from mldevbench.sandbox import landlock, seccomp
from mldevbench.sandbox.inside import exec_server, trees
from mldevbench.sandbox.inside.keeper import set_rlimits

_PR_SET_SECCOMP, _PR_CAPBSET_DROP, _MODE_FILTER = 22, 24, 2
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

    def end_all(number: int, frame: FrameType | None) -> None:
        trees.kill_tree(os.getpid())

    signal.signal(signal.SIGTERM, end_all)
    code, ended = 0, False
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            break
        if pid == child:
            code, ended = os.waitstatus_to_exitcode(status), True
        if ended:
            trees.kill_tree(os.getpid())
    os._exit(code if code >= 0 else 128 - code)


def _be_confined(config: dict[str, Any]) -> NoReturn:
    try:
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
    uid = config["uid"]
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    elif os.getuid() == 0:
        _drop_capabilities()
    trees.prctl(trees.PR_SET_NO_NEW_PRIVS, 1)
    rules = config["landlock"]
    landlock.restrict(read=rules["read"], write=rules["write"], private=rules["private"], port=rules["port"])
    _load_filter(seccomp.build_filter(allow_memfd=config["gpus"], stream_only=True))


def _drop_capabilities() -> None:
    """From the bounding set too, or the next program that root runs would have them back."""
    for capability in range(_CAPABILITIES):
        try:
            trees.prctl(_PR_CAPBSET_DROP, capability)
        except OSError:
            break
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    if libc.capset(header, (ctypes.c_uint32 * 6)()):
        raise OSError(ctypes.get_errno(), "cannot drop capabilities")


def _load_filter(program: bytes) -> None:
    if not program:
        return

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(Program(len(program) // 8, program)), 0, 0):
        raise OSError(ctypes.get_errno(), "cannot load the system-call filter")
