"""The kinds of isolation, strongest first: how they differ, and what each one needs of a machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from mldevbench.outcome import UserError
from mldevbench.sandbox import landlock
from mldevbench.sandbox.uids import has_own_users, may_change_user


@dataclass(frozen=True, slots=True)
class Tier:
    """One kind of isolation. `lacking` names what it misses here, or is None; `mend` says what to do about it.

    One with `namespaces` has a view, a loopback and process numbers of its own. `shows_proc`: processes inside are in /proc.
    """

    name: str
    lacking: Callable[[], str | None]
    mend: str
    namespaces: bool = False
    shows_proc: bool = True


def _lacking_bwrap() -> str | None:
    tools = ("bwrap", "setpriv", "prlimit") if has_own_users() else ("bwrap", "prlimit")
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return f"{', '.join(missing)} not found" if missing else None


def _lacking_uid_landlock() -> str | None:
    if not may_change_user():
        return "only root has users to lend"
    return _older_than(4, "no rules for TCP")


def _lacking_landlock() -> str | None:
    if os.getuid() == 0:
        return "the kernel bounds no processes of root's own"
    return _older_than(6, "no scope for signals")


def _older_than(version: int, lack: str) -> str | None:
    """Landlock 4 came with Linux 6.7, 6 with 6.12."""
    here = landlock.abi()
    if here >= version:
        return None
    return f"this kernel's Landlock is version {here}, which has {lack}" if here else "this kernel has no Landlock"


TIERS = {
    tier.name: tier
    for tier in (
        Tier("bwrap", _lacking_bwrap, "install bubblewrap and util-linux, or use another --isolation", namespaces=True),
        Tier(
            "bwrap-noproc",
            _lacking_bwrap,
            "allow user namespaces, or use another --isolation",
            namespaces=True,
            shows_proc=False,
        ),
        Tier("uid+landlock", _lacking_uid_landlock, "run as root on Linux 6.7 or later, or use --isolation landlock"),
        Tier("landlock", _lacking_landlock, "run as an ordinary user on Linux 6.12 or later, or use --isolation bwrap"),
    )
}
"""Those that confine; `none` does not."""

_ALL = {**TIERS, "none": Tier("none", lambda: None, "")}
NAMES = tuple(_ALL)


def tier_named(name: str) -> Tier:
    """Raises UserError when there is no such tier."""
    if name not in _ALL:
        raise UserError(f"isolation {name!r} is unknown; use one of {', '.join(NAMES)}")
    return _ALL[name]
