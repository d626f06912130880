"""Network access for tasks that ask for it: pasta joins the sandbox's network namespace to the outside.

The host's own loopback stays out of reach: no port is forwarded, the gateway's address is not mapped to the host, and the host's
own address is the sandbox's as well.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import IO

import anyio
import anyio.to_thread

from mldevbench.outcome import InfraError, UserError
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.bwrap import DNS
from mldevbench.sandbox.cage import Namespaces
from mldevbench.sandbox.descriptors import Descriptors
from mldevbench.sandbox.kinds import tier_named
from mldevbench.sandbox.uids import has_own_users
from mldevbench.sandbox.view import SCRUBBED

_OPTIONS = ["--foreground", "--quiet", "--config-net", "--no-map-gw", "--dns-forward", DNS]
_OPTIONS += ["-t", "none", "-u", "none", "-T", "none", "-U", "none", "--netns", "/proc/self/fd/0"]
_NS_GET_USERNS = 0xB701
_START_S = 10.0
_WITH_RUNNER = 'end=$1; shift; "$@" <&0 & pasta=$!; { read -r _ <&$end; kill $pasta; } 2>/dev/null & wait $pasta'
"""Runs pasta until the runner closes its end of a pipe, or dies."""


def require_network(spec: SandboxSpec, tier: str) -> None:
    """Raises UserError when this sandbox cannot have the network that it asks for."""
    if spec.network not in ("none", "full"):
        raise UserError(f"network {spec.network!r} is unknown; use none or full")
    if spec.network == "none" or tier == "none":
        return
    if not tier_named(tier).namespaces:
        raise UserError(f"network full cannot be had with isolation {tier}; use --isolation bwrap")
    if shutil.which("pasta") is None:
        raise UserError("network full needs pasta, which is not installed; install passt, or use the profile mini")


@asynccontextmanager
async def connected(spec: SandboxSpec, namespaces: Namespaces | None) -> AsyncIterator[None]:
    """Network for these namespaces as long as the context is open; nothing unless the spec asks for it."""
    if spec.network != "full" or namespaces is None:
        yield
        return
    with tempfile.TemporaryFile() as errors:
        pasta, lifeline = _start(namespaces.pid, errors)
        try:
            await _await_route(namespaces.pid, pasta, errors)
            yield
        finally:
            os.close(lifeline)
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(pasta.wait)


def _start(pid: int, errors: IO[bytes]) -> tuple[subprocess.Popen[bytes], int]:
    """Pasta, and the descriptor that it lives by."""
    with ExitStack() as stack:
        network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        stack.callback(os.close, network)
        owner = int(fcntl.ioctl(network, _NS_GET_USERNS))
        stack.callback(os.close, owner)
        box = stack.enter_context(Descriptors())
        reader, lifeline = os.pipe2(os.O_CLOEXEC)
        theirs = box.copy(reader)
        os.close(reader)
        # Descriptors and not paths: root's pasta gives up the right to look at other processes before it opens them.
        join = ["--netns-only", "--runas", "0"] if has_own_users() else ["--userns", "/proc/self/fd/1"]
        argv = ["/bin/bash", "-c", _WITH_RUNNER, "bash", str(theirs), shutil.which("pasta") or "pasta", *_OPTIONS, *join]
        pasta = subprocess.Popen(
            argv, env=SCRUBBED, stdin=network, stdout=owner, stderr=errors, pass_fds=[theirs], start_new_session=True
        )
        return pasta, lifeline


async def _await_route(pid: int, pasta: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    end = time.monotonic() + _START_S
    routes = anyio.Path(f"/proc/{pid}/net/route")
    while time.monotonic() < end and pasta.poll() is None:
        if any(line.split()[1] == "00000000" for line in (await routes.read_text()).splitlines()):
            return
        await anyio.sleep(0.02)
    errors.seek(0)
    reason = errors.read(500).decode(errors="replace").strip().replace("\n", "; ")
    raise InfraError("sandbox_start", f"pasta gave the sandbox no network: {reason or 'no route to the outside'}")
