"""The first process inside a sandbox: starts commands for the runner and reports how they go.

Standard library only; `main` is run by `python -I -S`. It serves one socket with frames of a 4-byte length, a JSON line and raw
bytes (`mldevbench/sandbox/channel.py` is the other end). Each command runs below a keeper, so that its
whole tree can be stopped, continued and killed. A keeper that was killed loses its tree to this process, which ends it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import stat
import struct

from mldevbench.sandbox.inside import trees
from mldevbench.sandbox.inside.keeper import Order, keep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHUNK = 65536
MAX_FRAME = 80 * 2**20
_DRAIN_PIECES = 1024


class Command:
    """One command: its keeper, and the ends of its pipes that this process holds (-1 once closed)."""

    def __init__(self, id: int, keeper: int, pipes: list[int], data: bytes) -> None:
        self.id, self.keeper, self.data = id, keeper, memoryview(data)
        self.output, self.status, self.stdin = pipes
        self.sent = self.dropped = 0
        self.ended = self.killing = False


class Server:
    def __init__(self, control: socket.socket, config: dict[str, Any]) -> None:
        self.control, self.config = control, config
        self.commands: dict[int, Command] = {}  # by keeper
        self.descriptors: dict[int, Command] = {}
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)
        self.woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.poll.register(self.woken, select.POLLIN)

    def serve(self) -> None:
        """Until the runner closes the socket."""
        while True:
            killing = [command for command in self.commands.values() if command.killing]
            for command in killing:
                trees.kill_tree(command.keeper)
            for fd, events in self.poll.poll(20 if killing else None):
                if fd == self.control.fileno():
                    if not self.request():
                        return
                elif fd == self.woken:
                    os.read(self.woken, 4096)
                elif fd in self.descriptors:
                    self.transfer(self.descriptors[fd], fd, events)
            self.reap()

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        payload = json.dumps(header).encode() + b"\n" + body
        self.control.sendall(struct.pack("!I", len(payload)) + payload)

    # Requests

    def request(self) -> bool:
        head = receive(self.control, 4)
        if head is None:
            return False
        (size,) = struct.unpack("!I", head)
        payload = receive(self.control, size) if size <= MAX_FRAME else None
        if payload is None:
            return False
        line, _, body = payload.partition(b"\n")
        message = json.loads(line)
        try:
            getattr(self, "do_" + message["op"])(message, body)
        except (OSError, ValueError) as error:
            code = getattr(error, "errno", None) or 22
            self.send({"ev": "reply", "id": message["id"], "errno": code, "text": getattr(error, "strerror", None) or str(error)})
        return True

    def do_ping(self, message: dict[str, Any], body: bytes) -> None:
        self.send({"ev": "reply", "id": message["id"]})

    def do_start(self, message: dict[str, Any], body: bytes) -> None:
        order = Order(message["argv"], message["cwd"], message["env"], self.config["rlimits"])
        ours: list[int] = []
        theirs: list[int] = []
        try:
            for reader_is_ours in (True, True, False):
                if reader_is_ours or body:
                    ends = os.pipe2(os.O_CLOEXEC)
                    ours.append(ends[0 if reader_is_ours else 1])
                    theirs.append(ends[1 if reader_is_ours else 0])
                else:
                    ours.append(-1)
                    theirs.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
            keeper = os.fork()
            if keeper == 0:
                keep(order, theirs[2], theirs[0], theirs[1])
        except OSError as error:
            for fd in ours:
                if fd >= 0:
                    os.close(fd)
            self.send({"ev": "out", "id": message["id"]}, f"{error}\n".encode()[: self.config["output"]])
            self.send({"ev": "exit", "id": message["id"], "code": 126, "dropped": 0})
            self.send({"ev": "gone", "id": message["id"]})
            return
        finally:
            for fd in theirs:
                os.close(fd)
        command = self.commands[keeper] = Command(message["id"], keeper, ours, body)
        for fd, events in zip(ours, (select.POLLIN, select.POLLIN, select.POLLOUT), strict=True):
            if fd >= 0:
                os.set_blocking(fd, False)
                self.descriptors[fd] = command
                self.poll.register(fd, events)

    def do_signal(self, message: dict[str, Any], body: bytes) -> None:
        """Pauses, resumes or kills the trees of some commands. Without a /proc the runner does, and is told their keepers."""
        if not self.config["proc"]:
            keepers = [str(command.keeper) for command in self.commands.values() if command.id in message["commands"]]
            self.send({"ev": "reply", "id": message["id"], "text": " ".join(keepers)})
            return
        for command in self.commands.values():
            if command.id in message["commands"]:
                if message["what"] == "pause":
                    trees.stop_tree(command.keeper)
                elif message["what"] == "resume":
                    trees.resume_tree(command.keeper)
                else:
                    command.killing = True
        self.send({"ev": "reply", "id": message["id"]})

    def do_read(self, message: dict[str, Any], body: bytes) -> None:
        fd = os.open(message["path"], os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            require_regular(fd)
            left = message["max_bytes"] + 1
            while left and (data := os.read(fd, min(CHUNK, left))):
                left -= len(data)
                self.send({"ev": "data", "id": message["id"]}, data)
        finally:
            os.close(fd)
        self.send({"ev": "reply", "id": message["id"]})

    def do_write(self, message: dict[str, Any], body: bytes) -> None:
        path = message["path"]
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)  # noqa: PTH103, PTH100, PTH120
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, 0o644)
        try:
            require_regular(fd)
            os.ftruncate(fd, 0)
            rest = memoryview(body)
            while rest:
                rest = rest[os.write(fd, rest) :]
        finally:
            os.close(fd)
        self.send({"ev": "reply", "id": message["id"]})

    # Commands

    def transfer(self, command: Command, fd: int, events: int) -> None:
        if fd == command.output:
            self.forward(command)
        elif fd == command.status:
            self.end(command)
        elif events & select.POLLERR:
            self.drop(command, "stdin")
        else:
            self.feed(command)

    def feed(self, command: Command) -> None:
        try:
            command.data = command.data[os.write(command.stdin, command.data[:CHUNK]) :]
        except BlockingIOError:
            return
        except OSError:
            command.data = command.data[:0]
        if not command.data:
            self.drop(command, "stdin")

    def forward(self, command: Command) -> bool:
        """One piece of output to the runner, or into the void once the command has had its share; False when there is none."""
        try:
            data = os.read(command.output, CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self.drop(command, "output")
            return False
        if not command.ended:
            kept = data[: self.config["output"] - command.sent]
            if kept:
                self.send({"ev": "out", "id": command.id}, kept)
            command.sent += len(kept)
            command.dropped += len(data) - len(kept)
        return True

    def end(self, command: Command) -> None:
        """The command's first process has ended (its daemons may live on), or its keeper was killed."""
        try:
            data = os.read(command.status, 4)
        except BlockingIOError:
            return
        self.drop(command, "status")
        for _ in range(_DRAIN_PIECES):  # what was printed before the end; a daemon may keep the pipe full for ever
            if command.output < 0 or not self.forward(command):
                break
        code = struct.unpack("!i", data)[0] if len(data) == 4 else 128 + signal.SIGKILL
        command.ended = True
        self.send({"ev": "exit", "id": command.id, "code": code, "dropped": command.dropped})

    def drop(self, command: Command, which: str) -> None:
        fd = getattr(command, which)
        if fd >= 0:
            self.poll.unregister(fd)
            del self.descriptors[fd]
            os.close(fd)
            setattr(command, which, -1)

    def reap(self) -> None:
        strays = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if os.WIFSTOPPED(status):  # a keeper is never stopped by us; a stray is killed below
                trees.send_signal(pid, signal.SIGCONT)
                continue
            command = self.commands.pop(pid, None)
            strays |= command is None or status != 0
            if command is not None:
                if not command.ended:
                    self.end(command)
                for which in ("stdin", "output"):
                    self.drop(command, which)
                self.send({"ev": "gone", "id": command.id})
        if strays and not self.config["proc"]:
            raise SystemExit  # and all processes with it
        if strays:  # what a killed keeper left behind belongs to no command any more
            for pid in trees.children(os.getpid()):
                if pid not in self.commands:
                    trees.send_signal(pid, signal.SIGKILL)


def receive(sock: socket.socket, size: int) -> bytes | None:
    """Exactly `size` bytes, or None at the end of the stream."""
    data = bytearray()
    while len(data) < size:
        piece = sock.recv(min(size - len(data), 2**20))
        if not piece:
            return None
        data += piece
    return bytes(data)


def require_regular(fd: int) -> None:
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        raise OSError(22, "not a regular file")


def main(control_fd: int, config: dict[str, Any]) -> None:
    """Serves until the runner hangs up. `config` has workspace, door, proc, output (bytes) and rlimits."""
    control = socket.socket(fileno=control_fd)
    control.set_inheritable(False)
    # Otherwise processes of the same user may read this one's memory and open its descriptors through /proc.
    trees.prctl(trees.PR_SET_DUMPABLE, 0)
    trees.prctl(trees.PR_SET_CHILD_SUBREAPER, 1)
    trees.prctl(trees.PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o022)
    os.chdir(config["workspace"])
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    door = socket.create_server(("127.0.0.1", 0), backlog=128) if config["door"] else None
    hello = json.dumps({"ev": "ready", "id": 0, "port": door.getsockname()[1] if door else 0}).encode() + b"\n"
    socket.send_fds(control, [struct.pack("!I", len(hello)) + hello], [door.fileno()] if door else [])
    if door:
        door.close()
    try:
        Server(control, config).serve()
    except (BrokenPipeError, ConnectionResetError):
        pass
