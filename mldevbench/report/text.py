"""Text from models and agents made safe to show to people."""

from __future__ import annotations

import unicodedata

from mldevbench.outcome import Check


def plain(text: str) -> str:
    """On one line, without control and formatting characters (terminal escapes, overrides of direction), which become `?`."""
    folded = " ".join(text.split())
    return "".join("?" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn") else c for c in folded)


def check_line(check: Check) -> str:
    """One check, for people. Details are worded for a check that failed, and are left out of one that passed."""
    name = plain(check.name)
    return f"ok      {name}" if check.passed else f"FAILED  {name}" + (f": {plain(check.detail)}" if check.detail else "")
