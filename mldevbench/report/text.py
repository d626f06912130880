"""Text from models and agents made safe to show to people."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """On one line, without control and formatting characters (terminal escapes, overrides of direction), which become `?`."""
    folded = " ".join(text.split())
    return "".join("?" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn") else c for c in folded)
