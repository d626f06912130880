"""Tiers are chosen by trying them."""

from __future__ import annotations

import sys

import anyio
import pytest

from mldevbench.outcome import UserError
from mldevbench.sandbox import best_tier, pick_tier, tiers
from mldevbench.sandbox.kinds import Tier
from tests.sandbox.helpers import PYTHON, WEAK


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    tiers.fault_of.cache_clear()


def test_the_strongest_tier_that_holds_is_picked() -> None:
    assert pick_tier(PYTHON) == best_tier(PYTHON) == "bwrap"
    assert pick_tier(PYTHON, WEAK) == WEAK
    assert pick_tier(PYTHON, "none") == "none"


def test_trials_that_need_proc_get_the_strongest_tier_that_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tiers.tier_with_proc(PYTHON, "bwrap-noproc", forced=None) == "bwrap"
    monkeypatch.setattr(tiers, "TIERS", {name: tier for name, tier in tiers.TIERS.items() if name != "bwrap"})
    assert tiers.tier_with_proc(PYTHON, "bwrap-noproc", forced=None) == WEAK
    assert tiers.tier_with_proc(PYTHON, "bwrap-noproc", forced="bwrap-noproc") == "bwrap-noproc"
    assert tiers.tier_with_proc(PYTHON, "bwrap", forced=None) == "bwrap"


def test_the_canary_sees_what_a_leaky_tier_shows() -> None:
    leaky = Tier("none", lambda: None, "")
    assert anyio.run(tiers._fault, leaky, PYTHON) == "a file outside can be read"


def test_a_tier_that_cannot_be_had_is_an_error_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="unknown; use one of bwrap, bwrap-noproc, uid.landlock, landlock, none"):
        pick_tier(PYTHON, "chroot")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match="bwrap does not work here: bwrap.*not found; install bubblewrap"):
        pick_tier(PYTHON, "bwrap")
    assert pick_tier(PYTHON) == WEAK


def test_nothing_is_left_but_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "TIERS", {"bwrap": Tier("bwrap", lambda: "gone", "install it")})
    with pytest.raises(UserError, match="no isolation works here .bwrap: gone.*--isolation none"):
        pick_tier(PYTHON)
    assert best_tier(PYTHON) == "none"


def test_importing_the_package_is_light() -> None:
    import subprocess

    code = "import sys, mldevbench.sandbox; raise SystemExit('anyio' in sys.modules or 'json' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
