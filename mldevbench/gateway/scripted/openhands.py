"""The protocol of OpenHands: its terminal, its file editor, and its tool to finish (openhands-tools 1.58)."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath

from mldevbench.gateway.scripted.policies import Play
from mldevbench.gateway.scripted.script import DRAFT_MARK, Action, Call, Messages, Script, act, results, turns

TOOLS = frozenset({"terminal", "file_editor", "finish"})
FIRST_WAIT_S = 10
"""Each further wait is as much longer: four calls that are all the same would count as stuck."""

_FOLDER = re.compile(r"\[Current working directory: (.+?)\]")
_STILL_RUNNING = re.compile(r"\[The command (timed out|has no new output) after")


def play(script: Script, play: Play, messages: Messages) -> Action:
    folder, found = _surroundings(messages)
    opening = _opening(script, play, folder, found)
    turn = turns(messages)
    if turn < len(opening):
        return opening[turn]
    if play == "give_up":
        return act("I stop here.", "finish", message="I could not find out how to do this.")
    if play == "ask":
        return Action("I have a plan. Shall I go ahead and make these changes?")
    waits = _waits(messages)
    if _STILL_RUNNING.search(next(results(messages), "")):
        return act("I wait for it.", "terminal", command="", is_input=True, timeout=FIRST_WAIT_S * (waits + 2))
    closing = (
        act("I check what there is now.", "file_editor", command="view", path=folder),
        act("A last look at the folder.", "terminal", command="ls -la"),
        act("I am done.", "finish", message="The work is in place." if play == "solve" else "Everything is in the folder draft."),
    )
    return closing[min(turn - len(opening) - waits, len(closing) - 1)]


def _opening(script: Script, play: Play, folder: str, found: list[str]) -> list[Action]:
    """The turns that do not depend on how long anything takes."""
    ours = [name for name in found if name in script.files]
    first = act("Let me look around first.", "terminal", command="pwd && find . -type f")
    second = act("I read what is there.", "file_editor", command="view", path="/".join([folder, *(ours or found)[:1]]))
    if play == "give_up":
        return [first, second, act("I look once more.", "terminal", command="ls -la")]
    if play == "ask":
        return [first, second]
    run = []
    if script.run and play == "solve":
        run = [act("I run it.", "terminal", command=_one_command(script.run), timeout=FIRST_WAIT_S)]
    return [first, second, *_writes(script, "draft/" if play == "draft" else "", folder), *run]


def _writes(script: Script, below: str, folder: str) -> list[Action]:
    """The editor makes neither folders nor a file that is there already: room is made first."""
    files = {below + name: text for name, text in script.files.items()}
    if not files:
        return []
    parents = sorted({str(PurePosixPath(name).parent) for name in files})
    room = f"mkdir -p {shlex.join(parents)} && rm -f {shlex.join(files)}"
    (name, text), *rest = files.items()
    edit = {"path": f"{folder}/{name}", "old_str": DRAFT_MARK, "new_str": ""}
    writes = [
        act("I make room for what I write.", "terminal", command=room),
        act(f"I draft {name}.", "file_editor", command="create", path=f"{folder}/{name}", file_text=DRAFT_MARK + text),
        act("The draft is right; I finish it.", "file_editor", command="str_replace", **edit),
    ]
    create = [Call("file_editor", {"command": "create", "path": f"{folder}/{n}", "file_text": t}) for n, t in rest]
    return [*writes, Action("Now the other files.", tuple(create))] if create else writes


def _one_command(script: str) -> str:
    """The terminal takes one command at a time."""
    script = script.strip()
    return f"bash -c {shlex.quote(script)}" if "\n" in script else script


def _waits(messages: Messages) -> int:
    calls = (c["function"] for m in messages if m["role"] == "assistant" for c in m.get("tool_calls") or ())
    return sum(c["name"] == "terminal" and '"is_input": true' in c["arguments"] for c in calls)


def _surroundings(messages: Messages) -> tuple[str, list[str]]:
    """The working folder and the files below it, as the first command found them."""
    *_, first = "", *results(messages)
    folder = _FOLDER.search(first)
    return folder[1] if folder else "/workspace", re.findall(r"(?<!\S)\./(.+?)\s*$", first, re.MULTILINE)
