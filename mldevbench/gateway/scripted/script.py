"""What a play is made of: the reference solution that it follows, what a model does in a turn, what it has seen so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Messages = Sequence[Mapping[str, Any]]

DRAFT_MARK = "# draft: not checked yet\n"


@dataclass(frozen=True, slots=True)
class Script:
    """A task's reference solution: files to write (path in the workspace -> text), then a shell script to run there.

    `gpu` says whether that script is to have the task's GPUs.
    """

    task: str
    paper_row: str | None
    files: Mapping[str, str]
    run: str | None
    gpu: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Action:
    """One answer: what it says, and the tools that it calls. Without any it is the final answer."""

    text: str
    calls: tuple[Call, ...] = ()


def act(text: str, tool: str, **arguments: Any) -> Action:
    """An answer that calls one tool."""
    return Action(text, (Call(tool, arguments),))


def turns(messages: Messages) -> int:
    """How many answers there were so far."""
    return sum(m["role"] == "assistant" for m in messages)


def results(messages: Messages) -> Iterator[str]:
    """What the tools have answered, the last one first."""
    return (text(m) for m in reversed(messages) if m["role"] == "tool")


def text(message: Mapping[str, Any]) -> str:
    """The text of a message, whose content may come in parts."""
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
