"""An agent with an environment of its own: a driver that a test writes, in a real sandbox, in a Python of another version."""

from __future__ import annotations

import json
from collections.abc import Iterator

import anyio
import pytest

from mldevbench.catalog import Catalog
from mldevbench.local import local_node
from mldevbench.outcome import Outcome, StopReason, TrialRecord
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import run_trial
from tests.support import write_package

AGENT = """
from pathlib import Path
from mldevbench.subprocess_agent import run_driver


async def solve(ctx):
    await run_driver(ctx, Path(__file__).parent)
"""

DRIVER = """
import json, os, subprocess, sys, time, urllib.request
import driver_kit as kit

request = kit.request()
print("noise that is no event")
task_python = subprocess.check_output(["python", "-c", "import sys; print(sys.executable)"], text=True).strip()
kit.note(json.dumps({"version": sys.version_info[:2], "task": task_python == request.python, "variables": sorted(os.environ)}))
(request.files_folder / "journal.json").write_text("[1]")
(request.files_folder / "binary").write_bytes(bytes(range(256)))
for turn in range(3):
    body = json.dumps({"messages": [{"role": "user", "content": "hi"}]}).encode()
    asked = urllib.request.Request(request.url + "/v1/chat/completions", body, {"content-type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        kit.model(json.load(answer)["choices"][0]["message"]["content"], [])
os.write(kit.LINES, b"nonsense\\n")
how = request.seed
if how == 1:
    raise ValueError("a bug of the driver")
if how == 2:
    os.kill(os.getpid(), 9)
if how == 3:
    time.sleep(3600)
kit.end("agent_error" if how == 4 else "submitted", "gave up")
"""

TOML = 'id = "{id}"\ntitle = "Of a test"\n[environment]\npython = "{python}"\ndownload_mb = 1\ninstalled_mb = 1\n'


@pytest.fixture(scope="module", autouse=True)
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    place = write_package(tmp_path_factory.mktemp("driven"), {"driven": AGENT, "unhoused": AGENT}, {})
    for name, python in (("driven", "3.12"), ("unhoused", "3.99")):
        (folder,) = place.glob(f"*/{name}")
        (folder / "agent.toml").write_text(TOML.format(id=name, python=python))
        (folder / "requirements.txt").write_text("")
        (folder / "driver.py").write_text(DRIVER)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(place))
        yield


def run(name: str, seed: int = 0, limits: Limits | None = None) -> TrialRecord:
    async def go() -> TrialRecord:
        catalog = Catalog()
        agent, task = catalog.agent(name), catalog.task("hello_world")
        model = Named.parse("scripted/noop")
        spec = TrialSpec(task.id, task.digest, Named(name), agent.digest, model, seed, "mini", limits or Limits())
        async with local_node(warm=False) as node:
            return (await run_trial(spec, catalog=catalog, node=node)).record

    return anyio.run(go)


def test_a_driver_runs_in_its_own_python_and_its_files_are_kept() -> None:
    record = run("driven")
    assert (record.outcome, record.stop_reason, record.usage.steps) == (Outcome.FAILED, StopReason.SUBMITTED, 3)
    assert [e.kind for e in record.events] == ["note", "model", "model", "model", "note", "note", "file"]
    about, odd, left_out, kept = [record.events[i].data for i in (0, 4, 5, 6)]
    told = json.loads(about["text"])
    assert told["version"] == [3, 12]
    assert told["task"], "python on PATH is the task's"
    assert not {v for v in told["variables"] if "KEY" in v or "MLDEVBENCH_HOME" in v or "RAY" in v}
    assert odd == {"text": "the driver wrote: nonsense"}
    assert left_out["text"].startswith("the agent's file binary is not kept")
    assert kept == {"name": "journal.json", "text": "[1]"}


@pytest.mark.parametrize(
    ("seed", "limits", "stop", "words"),
    [
        (1, Limits(), StopReason.AGENT_ERROR, "ValueError: a bug of the driver"),
        (2, Limits(), StopReason.AGENT_ERROR, "exit code 137"),
        (3, Limits(max_time_s=3), StopReason.MAX_TIME, ""),
        (4, Limits(), StopReason.AGENT_ERROR, "gave up"),
        (0, Limits(max_steps=2), StopReason.MAX_STEPS, "HTTP Error 403"),
    ],
)
def test_every_end_of_a_driver_is_graded(seed: int, limits: Limits, stop: StopReason, words: str) -> None:
    record = run("driven", seed, limits)
    assert (record.outcome, record.stop_reason, record.error) == (Outcome.FAILED, stop, None)
    assert any(words in e.data["text"] for e in record.events)
    assert [e.data["name"] for e in record.events if e.kind == "file"] == ["journal.json"], "kept, however it ended"


def test_an_environment_that_cannot_be_built_is_no_fault_of_the_agent() -> None:
    record = run("unhoused")
    assert (record.outcome, record.error_kind) == (Outcome.INFRA_ERROR, "environment")
    assert "needs Python 3.99, which is not here" in str(record.error)
