"""The choice of a tier, and the canary that finds out which of them work here."""

from __future__ import annotations

import secrets
import socket
import tempfile
import threading
from functools import cache
from pathlib import Path

import anyio

from mldevbench.outcome import InfraError, UserError
from mldevbench.sandbox.base import SandboxLimits, SandboxSpec
from mldevbench.sandbox.enclosure import open_enclosure
from mldevbench.sandbox.kinds import TIERS, Tier, tier_named

_CANARY = """
import os, socket, subprocess, sys
subprocess.run(["true"], check=True)
try:
    found = open(sys.argv[1]).read()
except OSError:
    found = ""
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=2).close()
    found += "loopback"
except OSError:
    pass
open("seen", "w").write(found)
"""
_CANARY_S = 20.0


def pick_tier(python: Path, forced: str | None = None) -> str:
    """The strongest tier that holds on this machine for this interpreter, found by trying; `forced` is tried alone.

    `none` is returned only when it is forced. Raises UserError when the forced tier does not hold, or when none does.
    """
    if forced == "none":
        return forced
    faults = {}
    for tier in (tier_named(forced),) if forced else TIERS.values():
        faults[tier.name] = fault_of(tier.name, python)
        if faults[tier.name] is None:
            return tier.name
    if forced:
        raise UserError(f"isolation {forced} does not work here: {faults[forced]}; {TIERS[forced].mend}")
    reasons = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
    raise UserError(f"no isolation works here ({reasons}); {TIERS['bwrap'].mend}, or accept --isolation none")


def best_tier(python: Path) -> str:
    """As `pick_tier`, but `none` where nothing holds. The caller must then decide whether to run unconfined at all."""
    return next((name for name in TIERS if fault_of(name, python) is None), "none")


def choose_tier(python: Path, forced: str | None, *, allow_none: bool) -> str:
    """The tier for trials: the forced one, or the strongest that holds; `none` by itself only where that was allowed."""
    return best_tier(python) if allow_none and forced is None else pick_tier(python, forced)


def tier_with_proc(python: Path, tier: str, forced: str | None) -> str:
    """The tier for trials that need /proc, on a node whose trials have `tier`; that one where no other holds, or it is forced."""
    if tier_named(tier).shows_proc or forced is not None:
        return tier
    return next((name for name, kind in TIERS.items() if kind.shows_proc and fault_of(name, python) is None), tier)


@cache
def fault_of(name: str, python: Path) -> str | None:
    """Why a tier does not hold here, or None when it does. Found once per process, by a program that tries to look out."""
    tier = TIERS[name]
    lacking = tier.lacking()
    if lacking:
        return lacking
    answers: list[str | None] = []

    def ask() -> None:
        try:
            answers.append(anyio.run(_fault, tier, python))
        except (InfraError, OSError) as error:
            answers.append(str(error))

    thread = threading.Thread(target=ask)  # the caller may have an event loop of its own
    thread.start()
    thread.join()
    return answers[0] if answers else "its canary failed"


async def _fault(tier: Tier, python: Path) -> str | None:
    secret = secrets.token_hex()
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        outside = anyio.Path(folder) / "secret"
        await outside.parent.chmod(0o711)
        await outside.write_text(secret)
        workspace = Path(folder) / "workspace"
        await anyio.Path(workspace).mkdir()
        argv = [str(python), "-I", "-S", "-c", _CANARY, str(outside), str(server.getsockname()[1])]
        spec = SandboxSpec(workspace=workspace, python=python, limits=SandboxLimits(tmp=2**24))
        code = None
        with anyio.move_on_after(_CANARY_S):
            async with open_enclosure(spec, tier=tier.name, argv=argv) as enclosure:
                code = await enclosure.wait()
        if code != 0:
            return f"its canary ended with {code}"
        seen = await anyio.Path(workspace / "seen").read_text()
    if secret in seen:
        return "a file outside can be read"
    if "loopback" in seen:
        return "the host's loopback can be reached"
    return None
