"""The protocol of the ReAct agent: look around, read, write, edit, spawn and wait, check, answer."""

from __future__ import annotations

import re

from mldevbench.gateway.scripted.policies import Play
from mldevbench.gateway.scripted.script import DRAFT_MARK, Action, Messages, Script, act, results, turns

TOOLS = frozenset({"list_files", "read_file", "create_file", "edit_file", "spawn", "look", "shell"})
LOOKS_S = (2, 5, 15, 30)
"""Seconds slept before each look at running work; the last one repeats."""


def play(script: Script, play: Play, messages: Messages) -> Action:
    opening = _opening(script, play, messages)
    turn = turns(messages)
    if turn < len(opening):
        return opening[turn]
    if play == "give_up":
        return Action("I could not find out how to do this, so I stop here.")
    if play == "ask":
        return Action("I have a plan. Shall I go ahead and make these changes?")
    looks = _looks(messages)
    if play == "solve" and script.run is not None and (running := _running(messages)) is not None:
        return act("I wait for it.", "look", process=running, seconds=LOOKS_S[min(looks, len(LOOKS_S) - 1)])
    closing = (
        act("I check what there is now.", "list_files", path="."),
        act("A last look at the folder.", "shell", command="ls -la"),
        Action("Done: the work is in place." if play == "solve" else "Done: everything is in the folder draft."),
    )
    return closing[min(turn - len(opening) - looks, len(closing) - 1)]


def _opening(script: Script, play: Play, messages: Messages) -> list[Action]:
    """The turns that do not depend on how long anything takes."""
    first = act("Let me look around first.", "list_files", path=".")
    second = act("I read what is there.", "read_file", path=_something_to_read(script, messages))
    if play == "give_up":
        return [first, second, act("I look once more.", "list_files", path=".")]
    if play == "ask":
        return [first, second]
    folder = "draft/" if play == "draft" else ""
    writes = [act(f"I write {name}.", "create_file", path=folder + name, content=text) for name, text in script.files.items()]
    if writes:
        name, text = next(iter(script.files.items()))
        draft = act(f"I draft {name}.", "create_file", path=folder + name, content=DRAFT_MARK + text)
        finish = act("The draft is right; I finish it.", "edit_file", path=folder + name, old=DRAFT_MARK, new="")
        writes[:1] = [draft, finish]
    with_gpu = {"gpu": True} if script.gpu else {}
    run = [act("I run it in the background.", "spawn", command=script.run, **with_gpu)] if script.run and play == "solve" else []
    return [first, second, *writes, *run]


def _looks(messages: Messages) -> int:
    calls = (c["function"]["name"] for m in messages if m["role"] == "assistant" for c in m.get("tool_calls") or ())
    return sum(name == "look" for name in calls)


def _something_to_read(script: Script, messages: Messages) -> str:
    """A file of the first listing, best one that the solution changes."""
    *_, listing = "", *results(messages)
    names = [line.split(" (")[0] for line in listing.splitlines() if " (" in line]
    ours = [name for name in names if name in script.files]
    return (ours or names or ["README.md"])[0]


def _running(messages: Messages) -> str | None:
    """The id of the spawned process when the last word about it is that it runs."""
    said = re.match(r"process (\S+): (running|started)", next(results(messages), ""))
    return said[1] if said else None
