"""Plays by the protocols of OpenHands and AIDE: what their tools answer is as the real ones (1.58, 0.2.2) were seen to answer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from mldevbench.gateway import Door, Script
from tests.gateway.conftest import OpenDoor

pytestmark = pytest.mark.anyio

SCRIPT = Script(
    task="toy",
    paper_row=None,
    files={"a.py": "print(1)\n", "b/c.txt": "a fence:\n```\n", "b/d e.txt": "'quoted' {braces}\n"},
    run="python a.py > out.txt\ncat b/*",
)
FAILING_SEEDS = {"ask": 1, "give_up": 2, "draft": 0}

END = "\n[The command completed with exit code 0.]\n[Current working directory: /work space]\n[Command finished with exit code 0]"
FIRST = f"\x1b[?2004l/work space\n./README.md\n./a.py\n\x1b[?2004h{END}"
RUNNING = (
    "1\n[The command timed out after 10.0 seconds. You may wait longer to see additional output by sending empty command '']"
)
QUIET = "[The command has no new output after 30 seconds. You may wait longer to see additional output.]"


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}


OPENHANDS = [tool(name) for name in ("terminal", "file_editor", "finish", "think")]
REVIEW = [tool("submit_review")]


async def play_openhands(door: Door, said: list[str]) -> list[list[tuple[str, dict[str, Any]]]]:
    """The calls of each turn; `said` is what the terminal answers, in order, before plain ends of commands."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Do it."}]
    played = []
    while True:
        answer = await door.complete(messages, tools=OPENHANDS)
        calls = [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in answer.get("tool_calls") or ()]
        played.append(calls)
        if not calls or calls[-1][0] == "finish":
            return played
        messages.append(answer)
        for call in answer["tool_calls"]:
            of_terminal = call["function"]["name"] == "terminal"
            text = (said.pop(0) if said else END) if of_terminal else "File created successfully"
            parts = [{"type": "text", "text": text}]
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": parts})


async def test_openhands_looks_writes_edits_runs_waits_and_finishes(open_door: OpenDoor) -> None:
    async with open_door("scripted/oracle", script=SCRIPT) as door:
        turns = await play_openhands(door, [FIRST, END, RUNNING, QUIET, RUNNING])
    commands = [arguments["command"] for calls in turns for name, arguments in calls if name == "terminal"]
    assert commands == [
        "pwd && find . -type f",
        "mkdir -p . b && rm -f a.py b/c.txt 'b/d e.txt'",
        "bash -c 'python a.py > out.txt\ncat b/*'",
        *[""] * 3,
        "ls -la",
    ]
    edits = [arguments for calls in turns for name, arguments in calls if name == "file_editor"]
    assert [e["command"] for e in edits] == ["view", "create", "str_replace", "create", "create", "view"]
    assert [e["path"] for e in edits[:2]] == ["/work space/a.py"] * 2, "paths are absolute, and it reads what it will change"
    assert edits[1]["file_text"].replace(edits[2]["old_str"], edits[2]["new_str"]) == SCRIPT.files["a.py"]
    assert max(len(calls) for calls in turns) == 2, "the other files come in one message"
    waits = [arguments["timeout"] for calls in turns for _, arguments in calls if arguments.get("is_input")]
    assert len(set(waits)) == len(waits) == 3, "four calls that are all the same count as stuck"
    assert turns[-1][0][0] == "finish"
    assert door.usage.steps == len(turns)
    assert door.usage == door.callback_usage


async def test_the_smallest_openhands_play_has_five_calls(open_door: OpenDoor) -> None:
    async with open_door("scripted/oracle", script=Script("toy", None, {}, None)) as door:
        assert len(await play_openhands(door, [FIRST])) >= 5


@pytest.mark.parametrize("play", FAILING_SEEDS)
async def test_failing_openhands_plays_leave_the_outputs_alone(open_door: OpenDoor, play: str) -> None:
    async with open_door("scripted/coin?p=0", script=SCRIPT, seed=FAILING_SEEDS[play]) as door:
        turns = await play_openhands(door, [FIRST])
    edits = [a for calls in turns for name, a in calls if name == "file_editor" and a["command"] != "view"]
    assert bool(edits) == (play == "draft")
    assert all(e["path"].startswith("/work space/draft/") for e in edits)
    assert not any("a.py >" in a.get("command", "") for calls in turns for _, a in calls)
    assert bool(turns[-1]) == (play != "ask"), "it asks in plain text"


async def play_aide(door: Door, folder: Path) -> tuple[str | None, dict[str, Any]]:
    """One node: the code of the answer (None: there is none) is run in `folder`, and its output reviewed."""
    answer = await door.complete([{"role": "system", "content": "# Introduction\n..."}])
    block = re.search(r"\A(.+?)\n+```python\n(.*?)\n*```\s*\Z", answer["content"], re.DOTALL)
    code = block[2] if block else None
    program = [sys.executable, "-c", code or answer["content"]]
    done = await anyio.run_process(program, cwd=folder, stderr=subprocess.STDOUT, check=False)
    output = f"```\n{done.stdout.decode()}\nExecution time: a moment\n```\n"
    prompt = f"# Implementation\n\n```python\n{code}\n```\n\n# Execution output\n\n{output}"
    choice = {"type": "function", "function": {"name": "submit_review"}}
    review = await door.complete([{"role": "system", "content": prompt}], tools=REVIEW, tool_choice=choice)
    (call,) = review["tool_calls"]
    assert call["function"]["name"] == "submit_review"
    return code, json.loads(call["function"]["arguments"])


async def test_aides_code_block_does_the_whole_work(open_door: OpenDoor, tmp_path: Path) -> None:
    async with open_door("scripted/oracle", script=SCRIPT) as door:
        code, review = await play_aide(door, tmp_path)
    assert {name: (tmp_path / name).read_text() for name in SCRIPT.files} == SCRIPT.files
    assert (tmp_path / "out.txt").read_text() == "1\n"
    assert code is not None
    assert (review["is_bug"], review["metric"]) == (False, 1.0)
    assert isinstance(review["metric"], float)
    assert door.usage.steps == 2
    assert door.usage == door.callback_usage


@pytest.mark.parametrize("play", FAILING_SEEDS)
async def test_failing_aide_plays_leave_the_outputs_alone(open_door: OpenDoor, tmp_path: Path, play: str) -> None:
    async with open_door("scripted/coin?p=0", script=SCRIPT, seed=FAILING_SEEDS[play]) as door:
        code, review = await play_aide(door, tmp_path)
    assert sorted(tmp_path.glob("*")) == ([tmp_path / "draft"] if play == "draft" else [])  # noqa: ASYNC240
    assert (code is None) == (play == "ask")
    assert review["is_bug"] == (play != "draft")


async def test_a_solution_that_fails_is_reviewed_as_a_bug(open_door: OpenDoor, tmp_path: Path) -> None:
    script = Script("toy", None, {"metric.txt": "metric: 1.0\n"}, "exit 3")
    async with open_door("scripted/oracle", script=script) as door:
        _, review = await play_aide(door, tmp_path)
    assert review["is_bug"]


async def test_a_review_is_given_whatever_is_played(open_door: OpenDoor, tmp_path: Path) -> None:
    async with open_door("scripted/noop", script=SCRIPT) as door:
        code, review = await play_aide(door, tmp_path)
    assert code is None
    assert review["is_bug"]
