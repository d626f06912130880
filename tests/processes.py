"""The processes below this one, which come and go while one looks; those of other runs of the tests are not among them."""

from __future__ import annotations

from contextlib import suppress

import psutil


def command_line(process: psutil.Process) -> str:
    """Empty for a process that has ended."""
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def below(word: str = "", process: psutil.Process | None = None) -> list[psutil.Process]:
    """Descendants of a process, this one by default, whose command lines contain `word`."""
    return [p for p in (process or psutil.Process()).children(recursive=True) if word in command_line(p)]
