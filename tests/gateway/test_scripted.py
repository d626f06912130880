"""Scripted models: plays of a reference solution with a known probability of success."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from dataclasses import replace
from importlib.resources import files
from typing import Any

import openai
import pytest

from agents.react.tools import TOOLS
from mldevbench.gateway import Door, Script
from mldevbench.gateway.scripted.policies import FAILING, Policy, paper_cells
from mldevbench.outcome import UserError
from mldevbench.spec import Named
from tests.gateway.conftest import OpenDoor
from tests.gateway.test_face import served
from tests.gateway.test_players import OPENHANDS

SCRIPT = Script(task="toy", paper_row=None, files={"a.py": "print(1)\n", "b/c.txt": "two\n"}, run="python a.py")
START = [{"role": "system", "content": "You are an engineer."}, {"role": "user", "content": "Do it."}]

RESULTS = {
    "list_files": "README.md (10 bytes)\na.py (3 bytes)",
    "spawn": "process p1: started",
    "look": "process p1: ended with exit code 0",
}


async def play(door: Door, results: dict[str, list[str]] | None = None) -> list[tuple[str, dict[str, Any]]]:
    """The tool calls of a whole play, with the given results of tools (each in order) and canned ones after them."""
    messages: list[dict[str, Any]] = list(START)
    calls = []
    while True:
        answer = await door.complete(messages, tools=TOOLS)
        messages.append(answer)
        if not answer.get("tool_calls"):
            return calls
        for call in answer["tool_calls"]:
            name = call["function"]["name"]
            calls.append((name, json.loads(call["function"]["arguments"])))
            queue = (results or {}).get(name)
            text = queue.pop(0) if queue else RESULTS.get(name, "fine")
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": text})


@pytest.mark.anyio
async def test_the_oracle_looks_writes_edits_runs_waits_and_checks(open_door: OpenDoor) -> None:
    async with open_door("scripted/oracle", script=SCRIPT) as door:
        calls = await play(door, {"look": ["process p1: running\n...", "process p1: running\n..."]})
    names = [name for name, _ in calls]
    expected = "list_files read_file create_file edit_file create_file spawn look look look list_files shell"
    assert names == expected.split()
    assert calls[1][1] == {"path": "a.py"}, "it reads a file of the listing that it will change"
    assert calls[5][1] == {"command": "python a.py"}
    seconds = [arguments["seconds"] for name, arguments in calls if name == "look"]
    assert seconds == sorted(seconds)
    assert door.usage.steps == len(calls) + 1
    assert door.usage == door.callback_usage
    assert door.usage.cost_usd == 0


@pytest.mark.anyio
async def test_even_the_smallest_play_has_five_calls(open_door: OpenDoor) -> None:
    async with open_door("scripted/oracle", script=Script("toy", None, {}, None)) as door:
        await play(door)
    assert door.usage.steps >= 5


@pytest.mark.anyio
async def test_failing_plays_leave_the_outputs_alone(open_door: OpenDoor) -> None:
    seen = set()
    for seed in range(12):
        async with open_door("scripted/coin?p=0", script=SCRIPT, seed=seed) as door:
            calls = await play(door)
        seen.add(tuple(name for name, _ in calls))
        written = [a["path"] for name, a in calls if name in ("create_file", "edit_file")]
        assert all(path.startswith("draft/") for path in written)
        assert "spawn" not in dict(calls)
    assert len(seen) == len(FAILING)


@pytest.mark.anyio
async def test_noop_answers_at_once(open_door: OpenDoor) -> None:
    async with open_door("scripted/noop", script=SCRIPT) as door:
        assert await play(door) == []


@pytest.mark.anyio
async def test_a_stream_says_the_same_as_a_whole_answer(open_door: OpenDoor) -> None:
    """Also when a turn has several tool calls, as this one of OpenHands' protocol has."""
    turns: Any = [{"role": "assistant", "content": "."}] * 5
    ask: Any = {"model": "x", "messages": [*START, *turns], "tools": OPENHANDS}
    script = replace(SCRIPT, files={**SCRIPT.files, "d.txt": "four\n"})
    async with open_door("scripted/oracle", script=script) as door, served(door) as (client, _):
        whole = await client.chat.completions.create(**ask)
        text, calls = "", [["", ""], ["", ""]]
        async for chunk in await client.chat.completions.create(**ask, stream=True):
            delta = chunk.choices[0].delta
            text += delta.content or ""
            for call in delta.tool_calls or ():
                calls[call.index][0] += call.function.name or ""
                calls[call.index][1] += call.function.arguments or ""
        await door.settled()
    message = whole.choices[0].message
    assert isinstance(client, openai.AsyncOpenAI)
    assert text == message.content
    assert calls == [[c.function.name, c.function.arguments] for c in message.tool_calls]
    assert [name for name, _ in calls] == ["file_editor"] * 2
    first, second = door.calls
    assert (first.tokens_in, first.tokens_out) == (second.tokens_in, second.tokens_out)
    assert door.usage == door.callback_usage


def test_a_coin_has_its_probability_and_no_memory() -> None:
    policy = Policy.parse(Named.parse("scripted/coin?p=0.6"))
    wins = {
        (task, seed): policy.play(task=f"task{task}", paper_row=None, seed=seed) == "solve"
        for task in range(60)
        for seed in range(60)
    }
    n = len(wins)
    assert abs(sum(wins.values()) / n - 0.6) < 4 * math.sqrt(0.24 / n)
    by_task = [sum(wins[t, s] for s in range(60)) for t in range(60)]
    variance = sum((x - 36) ** 2 for x in by_task) / 60
    assert 0.5 * 14.4 < variance < 1.6 * 14.4, "tasks differ no more than independent throws do"
    again = Policy.parse(Named.parse("scripted/coin?p=0.6"))
    assert all((again.play(task=f"task{t}", paper_row=None, seed=s) == "solve") == won for (t, s), won in wins.items())
    kinds = Counter(policy.play(task="x", paper_row=None, seed=s) for s in range(1000))
    assert set(kinds) == {"solve", *FAILING}


def test_the_papers_table_adds_up() -> None:
    text = (files("mldevbench") / "report" / "paper.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == len(paper_cells()) == 30
    successes: dict[str, list[int]] = {}
    for row in rows:
        total = successes.setdefault(row["category"], [0, 0, 0, 0])
        for i, column in enumerate(("react_sonnet", "openhands_sonnet", "aide_4o", "react_4o")):
            total[i] += int(row[column])
    assert successes == {
        "Dataset Handling": [3, 3, 1, 0],
        "Model Training": [4, 5, 2, 3],
        "Debugging": [4, 4, 2, 1],
        "API Integration": [1, 1, 0, 1],
        "Model Implementation": [2, 2, 0, 0],
        "Performance": [0, 0, 0, 0],
    }


def test_the_papers_policies_follow_its_table() -> None:
    sonnet = Policy.parse(Named.parse("scripted/paper-react-sonnet"))
    assert sonnet.chance("NaN losses") == 1
    assert sonnet.chance("CIFAR10 Training") == 0
    assert sonnet.chance(None) == 0.5
    assert Policy.parse(Named.parse("scripted/paper-aide-4o")).chance("NaN losses") == 0


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("scripted/orcale", "did you mean scripted/oracle"),
        ("scripted/", "no such scripted policy"),
        ("scripted/coin", "p is None"),
        ("scripted/coin?p=1.5", "p is 1.5"),
        ("scripted/coin?p=nan", "p is nan"),
        ("scripted/coin?p=x", "p is x"),
        ("scripted/oracle?p=1", "no argument p"),
    ],
)
def test_a_policy_that_does_not_exist_is_told(model: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as raised:
        Policy.parse(Named.parse(model))
    assert "\n" not in str(raised.value)
