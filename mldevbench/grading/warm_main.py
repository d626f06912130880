"""The warm process: has torch loaded, and forks probes (into sandboxes) and graders from itself in a few hundredths of a second.

`python -I warm_main.py LISTENING_FD PARENT_PID IDLE_S` in the task environment. It never runs agent code and holds no secret.
Each connection is one child, answered as started or failed; hanging up kills it. Without children it leaves after IDLE_S.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

if __name__ == "__main__":  # -I leaves out the checkout; at the end, so that nothing in it stands in for an installed module
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from mldevbench.grading import channel, enter, grader_main, probe_main

_OUT_OF_MEMORY_FIRST = b"1000"


def serve(listener: socket.socket, idle_s: float) -> None:
    """Accepts connections until none has come, and no child has run, for `idle_s` seconds."""
    children: set[int] = set()
    busy = time.monotonic()
    while children or time.monotonic() - busy < idle_s:
        readable, _, _ = select.select([listener], [], [], 1.0)
        if children:
            busy = time.monotonic()
        children -= {pid for pid in children if os.waitpid(pid, os.WNOHANG)[0]}
        if not readable:
            continue
        connection, _ = listener.accept()
        with connection:
            if _peer(connection) == os.getuid():
                children.add(_fork(lambda: _attend(connection, listener)))  # noqa: B023
                busy = time.monotonic()


def _peer(connection: socket.socket) -> int:
    """The user at the other end."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])


def _fork(work: Any) -> int:
    """Runs `work` in a child, which dies with this process."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        enter.die_with(parent)
        work()
        status = 0
    except BaseException as error:
        with contextlib.suppress(BaseException):
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(status)


def _attend(connection: socket.socket, listener: socket.socket) -> None:
    """Serves one connection: starts what it asks for, kills it when the other side hangs up, reports when it ended by itself."""
    listener.close()
    message, fds = channel.receive(connection, max_fds=2)
    try:
        child = _start_probe(message, *fds) if message["op"] == "probe" else _fork(lambda: _grade(*fds))
    except OSError as error:
        channel.send(connection, {"failed": str(error)})
        return
    for fd in fds:
        os.close(fd)
    channel.send(connection, {"started": True})
    ended = os.pidfd_open(child)
    select.select([connection.fileno(), ended], [], [])
    signal.pidfd_send_signal(ended, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(OSError):
        channel.send(connection, {"status": status})


def _grade(control: int, stderr: int) -> None:
    sock = socket.socket(fileno=control)
    os.dup2(stderr, 2)
    grader_main.run(sock)


def _start_probe(message: dict[str, Any], data: int, stderr: int) -> int:
    """Enters the sandbox and forks once more, for only a child is in the new pid namespace. Raises OSError."""
    seccomp = bytes.fromhex(message["seccomp"])
    entrance = enter.Entrance(**message["namespaces"], rlimits=message["rlimits"], seccomp=seccomp)
    # Written through a descriptor opened now, since the sandbox shows another /proc or none.
    score = os.open("/proc/self/oom_score_adj", os.O_RDWR)
    before = os.read(score, 16)
    enter.join(entrance)
    os.pwrite(score, _OUT_OF_MEMORY_FIRST, 0)
    confined, say_confined = os.pipe()
    child = os.fork()
    if child == 0:
        _become_probe(entrance, message["environment"], data, stderr, say_confined)
    os.pwrite(score, before, 0)
    os.close(say_confined)
    if not os.read(confined, 1):
        os.waitpid(child, 0)
        raise OSError("the probe could not be confined")
    return child


def _become_probe(entrance: enter.Entrance, environment: dict[str, str], data: int, stderr: int, say_confined: int) -> NoReturn:
    status = 1
    try:
        os.dup2(stderr, 2)
        enter.drop(entrance)
        os.write(say_confined, b".")
        os.environ.clear()
        os.environ.update(environment)
        probe_main.serve(data, stderr, entrance.workdir)
        status = 0
    except BaseException as error:
        with contextlib.suppress(BaseException):
            sys.excepthook(type(error), error, error.__traceback__)
    finally:
        os._exit(status)


if __name__ == "__main__":
    enter.die_with(int(sys.argv[2]))
    probe_main.preload("torchvision")  # what many submissions and graders import, at 1.5 s a time
    gc.collect()
    gc.freeze()  # the collector would write to, and so copy, every page that a child shares
    serve(socket.socket(fileno=int(sys.argv[1])), float(sys.argv[3]))
