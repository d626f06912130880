"""Text from models, agents, submissions, providers and results made safe to show to people."""

from __future__ import annotations

import unicodedata

from mldevbench.outcome import Check, Metric


def plain(text: str) -> str:
    """On one line, without control and formatting characters (terminal escapes, overrides of direction), which become `?`."""
    return _safe(" ".join(text.split()))


def plain_lines(text: str) -> str:
    """The same for a text of several lines, which keep their breaks and their spaces."""
    return "\n".join(_safe(line.expandtabs()) for line in text.splitlines())


def _safe(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(" " if c.isspace() else "?" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn") else c for c in line)


def last_line(text: str) -> str:
    """The last line of a text that says something, such as a traceback; nothing of one that does not."""
    return plain(text.strip().rpartition("\n")[2])


def check_line(check: Check) -> str:
    """One check, for people. Details are worded for a check that failed, and are left out of one that passed."""
    name = plain(check.name)
    return f"ok      {name}" if check.passed else f"FAILED  {name}" + (f": {plain(check.detail)}" if check.detail else "")


def metric_line(metric: Metric) -> str:
    return plain(f"{metric.name} = {metric.value:.6g} {metric.unit}")
