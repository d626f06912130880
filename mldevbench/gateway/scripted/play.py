"""Plays a reference solution through the tools that a request offers, one turn a call.

A play keeps no state: the messages of the request tell how far it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mldevbench.gateway.scripted.policies import Play

DRAFT_MARK = "# draft: not checked yet\n"
LOOKS_S = (2, 5, 15, 30)
"""Seconds slept before each look at running work; the last one repeats."""


@dataclass(frozen=True, slots=True)
class Script:
    """A task's reference solution: files to write (path in the workspace -> text), then a shell script to run there."""

    task: str
    paper_row: str | None
    files: Mapping[str, str]
    run: str | None


@dataclass(frozen=True, slots=True)
class Action:
    """One tool call, or (without a tool) the final answer."""

    text: str
    tool: str | None = None
    arguments: Mapping[str, Any] | None = None


Messages = Sequence[Mapping[str, Any]]
Player = Callable[[Script, Play, Messages], Action]


def play_react(script: Script, play: Play, messages: Messages) -> Action:
    """The protocol of the react agent."""
    turn: int = sum(m["role"] == "assistant" for m in messages)
    opening = _opening(script, play, messages)
    if turn < len(opening):
        return opening[turn]
    if play == "give_up":
        return Action("I could not find out how to do this, so I stop here.")
    if play == "ask":
        return Action("I have a plan. Shall I go ahead and make these changes?")
    if play == "solve" and script.run is not None and (running := _running(messages)) is not None:
        looks = _calls(messages).count("look")
        seconds = LOOKS_S[min(looks, len(LOOKS_S) - 1)]
        return Action("I wait for it.", "look", {"process": running, "seconds": seconds})
    return _closing(script, play, messages)


def _opening(script: Script, play: Play, messages: Messages) -> list[Action]:
    """The turns that do not depend on how long anything takes."""
    first = Action("Let me look around first.", "list_files", {"path": "."})
    second = Action("I read what is there.", "read_file", {"path": _something_to_read(script, messages)})
    if play == "give_up":
        return [first, second, Action("I look once more.", "list_files", {"path": "."})]
    if play == "ask":
        return [first, second]
    folder = "draft/" if play == "draft" else ""
    writes = [
        Action(f"I write {name}.", "create_file", {"path": folder + name, "content": text}) for name, text in script.files.items()
    ]
    if writes:
        name, text = next(iter(script.files.items()))
        writes[0] = Action(f"I draft {name}.", "create_file", {"path": folder + name, "content": DRAFT_MARK + text})
        finish = {"path": folder + name, "old": DRAFT_MARK, "new": ""}
        writes.insert(1, Action("The draft is right; I finish it.", "edit_file", finish))
    run = [Action("I run it in the background.", "spawn", {"command": script.run})] if script.run and play == "solve" else []
    return [first, second, *writes, *run]


def _closing(script: Script, play: Play, messages: Messages) -> Action:
    """Two checks, then the answer."""
    calls = _calls(messages)
    before = len(_opening(script, play, messages)) + calls.count("look")
    done = len(calls) - before
    if done == 0:
        return Action("I check what there is now.", "list_files", {"path": "."})
    if done == 1:
        return Action("A last look at the folder.", "shell", {"command": "ls -la"})
    return Action("Done: the work is in place." if play == "solve" else "Done: everything is in the folder draft.")


def _calls(messages: Messages) -> list[str]:
    return [c["function"]["name"] for m in messages if m["role"] == "assistant" for c in m.get("tool_calls") or ()]


def _something_to_read(script: Script, messages: Messages) -> str:
    """A file of the first listing, best one that the solution changes."""
    listing = next((str(m.get("content")) for m in messages if m["role"] == "tool"), "")
    names = [line.split(" (")[0] for line in listing.splitlines() if " (" in line]
    ours = [name for name in names if name in script.files]
    return (ours or names or ["README.md"])[0]


def _running(messages: Messages) -> str | None:
    """The id of the spawned process when the last word about it is that it runs."""
    for message in reversed(messages):
        if message["role"] != "tool":
            continue
        said = re.match(r"process (\S+): (running|started)", str(message.get("content")))
        return said[1] if said else None
    return None


PLAYERS: tuple[tuple[frozenset[str], Player], ...] = (
    (frozenset({"list_files", "read_file", "create_file", "edit_file", "spawn", "look", "shell"}), play_react),
)
"""Protocols by the tools that they need, tried in this order."""


def next_action(script: Script | None, play: Play, messages: Messages, tools: Sequence[Mapping[str, Any]]) -> Action:
    """What a model playing `play` does now. A request whose tools nobody here knows gets a plain answer."""
    if play == "noop" or script is None:
        return Action("There is nothing that I would change.")
    offered = {t["function"]["name"] for t in tools}
    for needed, player in PLAYERS:
        if needed <= offered:
            return player(script, play, messages)
    return Action("None of the tools offered here is known to me, so I stop.")


def tokens(value: Any) -> int:
    """A plain estimate for the usage of a play: a token is four characters of JSON."""
    return len(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) // 4 + 1
