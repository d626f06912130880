"""OpenHands, the real packages, in the sandbox; only its model is scripted."""

from __future__ import annotations

import json
from collections import Counter

import anyio

from mldevbench.catalog import Catalog
from mldevbench.local import local_node
from mldevbench.outcome import Outcome, StopReason, TrialRecord
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import run_trial


def run(task: str) -> TrialRecord:
    async def go() -> TrialRecord:
        catalog = Catalog()
        agent, model = catalog.agent("openhands"), Named.parse("scripted/oracle")
        digests = catalog.task(task).digest, agent.digest
        spec = TrialSpec(task, digests[0], Named("openhands"), digests[1], model, 0, "mini", Limits())
        async with local_node(isolation="bwrap", warm=False) as node:
            return (await run_trial(spec, catalog=catalog, node=node)).record

    return anyio.run(go)


def test_a_scripted_oracle_solves_a_task_with_its_tools() -> None:
    """(Another one, hello_world, is solved where `mldevbench agents check` is tested.)"""
    record = run("noisy_imagenette_download")
    assert (record.outcome, record.stop_reason) == (Outcome.PASSED, StopReason.SUBMITTED), record.checks
    kinds = Counter(event.kind for event in record.events)
    assert set(kinds) - {"door"} == {"model", "tool_call", "tool_result", "file"}
    assert kinds["model"] == record.usage.steps == record.usage.calls >= 8
    called = [event.data["name"] for event in record.events if event.kind == "tool_call"]
    assert called == [event.data["name"] for event in record.events if event.kind == "tool_result"]
    assert called == [name for event in record.events if event.kind == "model" for name in event.data["calls"]]
    assert {"terminal", "file_editor", "finish"} == set(called)
    assert not any("ERROR" in event.data["text"] for event in record.events if event.kind == "tool_result")
    assert "/envs/task-" in next(e.data["text"] for e in record.events if e.kind == "tool_result"), "the task's Python is its own"

    files = {event.data["name"]: event.data["text"] for event in record.events if event.kind == "file"}
    own = Counter(json.loads(line)["kind"] for line in files["trajectory-1.jsonl"].splitlines())
    assert (own["SystemPromptEvent"], own["ActionEvent"], own["ObservationEvent"]) == (1, len(called), len(called))
    counted = json.loads(files["metrics.json"])["accumulated_token_usage"]
    assert (counted["prompt_tokens"], counted["completion_tokens"]) == (record.usage.tokens_in, record.usage.tokens_out)
