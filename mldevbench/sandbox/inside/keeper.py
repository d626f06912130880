"""The keeper of one command: a fork of the exec server that starts it and stays until its last descendant has ended.

It is a child subreaper, so that whatever the command starts, daemons included, stays below it. Standard library only.
"""

from __future__ import annotations

import os
import resource
import signal
import struct

from mldevbench.sandbox.inside.trees import PR_SET_CHILD_SUBREAPER, prctl

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing or dataclasses would cost every sandbox milliseconds
    from typing import NoReturn

_HIGH = 1000


class Order:
    """What to start. `rlimits` are names of `resource` constants with their bounds."""

    def __init__(self, argv: list[str], cwd: str, env: dict[str, str], rlimits: dict[str, int]) -> None:
        self.argv, self.cwd, self.env, self.rlimits = argv, cwd, env, rlimits


def keep(order: Order, stdin: int, output: int, status: int) -> NoReturn:
    """Writes the exit code of the command's first process to `status` (4 bytes), and exits with 0 when its tree is empty."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        stdin, output, status = _keep_only(stdin, output, status)
        os.setsid()
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        first = _start(order, stdin, output, status)
        os.close(stdin)
        os.close(output)
        while True:
            pid, ended = os.wait()
            if pid == first:
                code = os.waitstatus_to_exitcode(ended)
                _report(status, code if code >= 0 else 128 - code)
    except ChildProcessError:
        os._exit(0)
    finally:
        os._exit(1)


def _keep_only(*wanted: int) -> list[int]:
    """Closes every descriptor but these; returns their new numbers. Another command's pipe end held here would never close."""
    high = [os.dup2(fd, _HIGH + i, inheritable=False) for i, fd in enumerate(wanted)]
    os.closerange(3, _HIGH)
    low = [os.dup2(fd, 3 + i, inheritable=False) for i, fd in enumerate(high)]
    os.closerange(3 + len(low), _HIGH + len(high))
    return low


def _start(order: Order, stdin: int, output: int, status: int) -> int:
    """The command's first process, in a session of its own. It is spawned, not forked: that takes half the time."""
    try:
        os.chdir(order.cwd)
        set_rlimits(order.rlimits)
        os.environ["PATH"] = order.env.get("PATH", os.defpath)  # where the program is searched
        return os.posix_spawnp(
            order.argv[0],
            order.argv,
            order.env,
            file_actions=[(os.POSIX_SPAWN_DUP2, fd, target) for fd, target in ((stdin, 0), (output, 1), (output, 2))],
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
        )
    except (OSError, ValueError) as error:
        os.write(output, f"{error}\n".encode(errors="replace"))
        _report(status, 127 if isinstance(error, FileNotFoundError) else 126)
        os._exit(0)


def _report(status: int, code: int) -> None:
    os.write(status, struct.pack("!i", code))


def set_rlimits(bounds: dict[str, int]) -> None:
    """Soft and hard together, never above the hard limit that is there."""
    for name, bound in bounds.items():
        which = getattr(resource, name)
        hard = resource.getrlimit(which)[1]
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(which, (bound, bound))
