"""The door as agent code sees it: on the loopback of a sandbox that has no other network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mldevbench.clock import TrialClock
from mldevbench.envs import task_python
from mldevbench.offers import Offers
from mldevbench.sandbox import open_sandbox
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.broker import NodeBroker
from mldevbench.spec import Limits
from tests.gateway.conftest import OpenDoor

pytestmark = pytest.mark.anyio

CLIENT = """
import json, sys, urllib.error, urllib.request
url, answers = sys.argv[1], []
body = json.dumps({"messages": [{"role": "user", "content": "hello"}]}).encode()
for _ in range(3):
    try:
        with urllib.request.urlopen(urllib.request.Request(url + "/v1/chat/completions", body)) as response:
            answers.append(json.load(response)["choices"][0]["message"]["content"])
    except urllib.error.HTTPError as error:
        answers.append(error.code)
with urllib.request.urlopen(url + "/files/data.txt") as response:
    answers.append(response.read().decode())
print(json.dumps(answers))
"""


async def test_agent_code_reaches_its_model_and_its_files_through_the_door(
    open_door: OpenDoor, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    served = tmp_path_factory.mktemp("served") / "data.txt"
    served.write_text("some data")
    spec = SandboxSpec(workspace=tmp_path, python=task_python())
    async with (
        open_door(limits=Limits(max_steps=2)) as door,
        open_sandbox(spec, tier="bwrap", broker=NodeBroker(cpus=2), clock=TrialClock()) as sandbox,
    ):
        assert sandbox.listener is not None
        async with door.serve(sandbox.listener, sandbox.door_url, Offers({"data.txt": served})):
            result = await sandbox.exec(["python", "-I", "-c", CLIENT, sandbox.door_url], timeout_s=60)
    assert json.loads(result.output) == ["fine", "fine", 403, "some data"]
    assert door.usage.steps == 2
