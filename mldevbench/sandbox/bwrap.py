"""The command line of bubblewrap: what a sandbox of tier `bwrap` shows, and what it may do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.descriptors import Descriptors
from mldevbench.sandbox.seccomp import build_filter
from mldevbench.sandbox.view import ASSETS, SYSTEM_FILES, SYSTEM_LINKS, WORKSPACE, gpu_devices, shown_prefixes

HOME = "/home/agent"
DNS = "169.254.1.1"
"""The address at which pasta answers for the host's resolver."""
MACHINE = ("cpuinfo", "filesystems", "loadavg", "meminfo", "stat", "uptime", "version", "vmstat")
"""What is shown of /proc where no process can be: PyTorch's cpuinfo, for one, needs it."""
LIBRARY = "/run/mldevbench"
"""Parent of the exec server's package inside the sandbox."""


def bwrap_command(
    spec: SandboxSpec, program: Sequence[str], uid: int | None, box: Descriptors, info: int, *, pid1: bool, proc: bool
) -> list[str]:
    """The argument list that runs `program` in a sandbox.

    With a `uid` bubblewrap runs as real root, without a user namespace, and the program is moved to that user inside;
    without, the caller is an ordinary user and gets a user namespace. `pid1` makes the program the first process of the PID
    namespace; otherwise that is bubblewrap itself. `info` is the descriptor that bubblewrap describes its child on. Without
    `proc` its /proc shows the machine and no process: a container whose own is masked cannot mount another.
    """
    filter = build_filter(allow_memfd=spec.has_gpus)
    return [
        _found("bwrap"),
        *_namespaces(uid is None, pid1),
        *_root(spec, proc),
        *_accounts(spec, uid if uid is not None else os.getuid(), box),
        *_task(spec),
        *(() if proc else ("--remount-ro", "/proc")),
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        *("--chdir", "/", "--info-fd", str(info)),  # root without its capabilities may not enter the workspace
        *(("--seccomp", str(box.data(filter))) if filter else ()),
        "--",
        *([] if uid is None else drop_to(uid)),
        *program,
    ]


def drop_to(uid: int) -> list[str]:
    who = ["--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
    return [_found("setpriv"), *who, "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]


def _found(tool: str) -> str:
    return shutil.which(tool, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin") or tool


def _namespaces(user: bool, pid1: bool) -> list[str]:
    flags = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup-try"]
    flags += ["--die-with-parent", "--new-session", "--hostname", "sandbox"]
    if user:
        flags.append("--unshare-user")
    else:  # what setpriv needs to change the user, and nothing more
        flags += ["--cap-drop", "ALL"]
        for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
            flags += ["--cap-add", capability]
    return flags + (["--as-pid-1"] if pid1 else [])


def _root(spec: SandboxSpec, proc: bool) -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in SYSTEM_LINKS:
        path = Path(name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), name)
        elif path.is_dir():
            yield from ("--ro-bind", name, name)
    size = str(spec.limits.tmp)
    yield from ("--proc" if proc else "--tmpfs", "/proc", "--dev", "/dev")
    if not proc:
        for name in MACHINE:
            yield from ("--ro-bind-try", f"/proc/{name}", f"/proc/{name}")
    yield from ("--perms", "1777", "--size", size, "--tmpfs", "/dev/shm")
    yield from ("--perms", "1777", "--size", size, "--tmpfs", "/tmp")
    yield from ("--perms", "0755", "--dir", "/home", "--perms", "0777", "--size", size, "--tmpfs", HOME)


def _accounts(spec: SandboxSpec, uid: int, box: Descriptors) -> Iterator[str]:
    files = {
        "/etc/passwd": f"root:x:0:0:root:/root:/usr/sbin/nologin\nagent:x:{uid}:{uid}:agent:{HOME}:/bin/bash\n",
        "/etc/group": f"root:x:0:\nagent:x:{uid}:\n",
        "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n127.0.0.1 sandbox\n",
    }
    if spec.network == "full":
        files["/etc/resolv.conf"] = f"nameserver {DNS}\n"
    for name, text in files.items():
        yield from ("--perms", "0644", "--file", str(box.data(text.encode())), name)


def _task(spec: SandboxSpec) -> Iterator[str]:
    """System files, the task environment, the exec server and the assets, read-only; the workspace, to be written; GPUs."""
    shown = {name: name for name in SYSTEM_FILES if Path(name).exists()}
    shown |= {str(prefix): str(prefix) for prefix in shown_prefixes(spec)}
    shown[f"{LIBRARY}/mldevbench/sandbox/inside"] = str(Path(__file__).parent / "inside")
    shown |= {f"{ASSETS}/{name}": str(path) for name, path in spec.binds.items()}
    # bubblewrap makes missing parents for root only; made first, they can be passed through by the sandbox's user.
    for parent in sorted({str(parent) for target in shown for parent in Path(target).parents[:-1]}):
        yield from ("--perms", "0755", "--dir", parent)
    for target, source in shown.items():
        yield from ("--ro-bind", source, target)
    yield from ("--bind", str(spec.workspace), WORKSPACE)
    for device in gpu_devices(spec):
        yield from ("--dev-bind", device, device)
