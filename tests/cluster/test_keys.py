"""A whole sweep against providers that give the key away in every way they have: no byte that is written holds it, and nothing
that they say steers the terminal.

Two keys, one in the environment and one in the keys file; litellm and its clients log all they can; an agent is a thief.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pyarrow import parquet

import mldevbench
from mldevbench.envs import task_python
from tests.gateway.provider_server import Provider, Reply, provider_server
from tests.support import NASTY, steers, write_package

CORES = ("canary0123456789", "canaryABCDEFGHIJ")
"""The part of each key that no quoting changes."""
OPENAI, ANTHROPIC = (f"sk-{core}/aB+c9=Zz" for core in CORES)
STREAMER = '''
"""Asks its model from inside the sandbox, as a stream and as a whole, and submits what came back as it came."""

PROGRAM = b"""
import json, sys, urllib.error, urllib.request
for stream in (True, False):
    body = {"model": "m", "stream": stream, "messages": [{"role": "user", "content": "hello"}]}
    request = urllib.request.Request(sys.argv[1] + "/v1/chat/completions", json.dumps(body).encode(), {"content-type": "x"})
    try:
        answer = urllib.request.urlopen(request).read().decode()
    except urllib.error.HTTPError as error:
        answer = error.read().decode()
    print(answer)
    for line in answer.splitlines():
        if line.startswith("data: {"):
            for choice in json.loads(line[6:])["choices"]:
                print(choice["delta"].get("content") or "", end="")
"""


async def solve(ctx):
    await ctx.sandbox.write_file(f"{ctx.sandbox.workspace}/ask.py", PROGRAM)
    result = await ctx.sandbox.exec(f"python ask.py {ctx.model.url} | tee hello.py")
    ctx.log.add("tool_result", text=result.output.decode())
'''

THIEF = '''
"""Runs in the process that holds the keys, and gives one to all that is kept of a trial."""

import os


async def solve(ctx):
    key = os.environ["OPENAI_API_KEY"]
    print("the thief has", key, flush=True)
    ctx.log.add("note", text=key)
    await ctx.sandbox.write_file(f"{ctx.sandbox.workspace}/hello.py", key.encode())
    raise ValueError(key)
'''


def leaky(body: dict[str, Any]) -> Reply:
    """The model's name says how the provider gives its caller's key away."""
    given = body["_key"]
    key = given.removeprefix("Bearer ")
    coded = base64.b64encode(f"user:{key}".encode()).decode()
    fresh = not any(m["role"] == "tool" for m in body["messages"])
    every = f"Authorization: {given} {quote(key, safe='')} Basic {coded}"
    error = {"message": f"Incorrect API key provided: {given} ({every}) {NASTY}", "type": "invalid_request_error", "param": given}
    match body["model"]:
        case "content" | "claude-sonnet-4-5":
            return Reply(text=every)
        case "[red]split\x1b[2J":
            return Reply(text=f"{given[:16]} {given[16:]}")
        case "tool":
            write = ("create_file", {"path": "hello.py", "content": f"# {every}"})
            return Reply(text=None, tools=(write, ("shell", {"command": f"echo '{key}' >> hello.py"}))) if fresh else Reply()
        case "unauthorized":
            return Reply(status=401, error=error)
        case "rejected":
            return Reply(status=400, error=error)
        case _:
            return Reply(status=500, error=error, headers={"retry-after": "4000"})


OPENAI_MODELS = ("content", "[red]split\x1b[2J", "tool", "rejected", "broken", "unauthorized")
MODELS = (*(f"openai/{name}" for name in OPENAI_MODELS), "anthropic/claude-sonnet-4-5")


@dataclass(frozen=True)
class Run:
    """What a sweep printed, and the folders that it wrote into."""

    code: int
    text: str
    out: Path
    places: tuple[Path, ...]


def sweep(place: Path, provider: Provider) -> Run:
    agents = place / "agents"
    agents.mkdir()
    write_package(agents, {"streamer": STREAMER, "thief": THIEF})
    (agents / "extra_agents" / "streamer" / "agent.toml").write_text('id = "streamer"\ntitle = "Of a test"\nmodel = true\n')
    keys = place / "keys"
    keys.write_text(f"# of a test\nANTHROPIC_API_KEY={ANTHROPIC}\n")
    out, home, ray = place / "out" / "sweep", place / "home", place / "ray"
    for folder in (out.parent, home, ray):
        folder.mkdir()
    environment = {
        **os.environ,
        "OPENAI_API_KEY": OPENAI,
        "MLDEVBENCH_KEYS_FILE": str(keys),
        "MLDEVBENCH_HOME": str(home),
        "MLDEVBENCH_TASK_PYTHON": str(task_python()),
        "PYTHONPATH": str(agents),
        "RAY_TMPDIR": str(ray),
        "LITELLM_LOG": "DEBUG",
        "LITELLM_PRINT_STANDARD_LOGGING_PAYLOAD": "1",
        "OPENAI_LOG": "debug",
        "ANTHROPIC_LOG": "debug",
    }
    command = [sys.executable, "-m", "mldevbench.sweep", "--agents", "react,streamer,thief", "--models", ",".join(MODELS)]
    command += ["--tasks", "hello_world", "--seeds", "1", "--retries", "0", "--out", str(out)]
    command += ["--api-base", f"openai={provider.url}/v1", "--api-base", f"anthropic={provider.url}"]
    command += ["--summary-json", str(place / "out" / "summary.json")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=250)
    return Run(done.returncode, done.stdout + done.stderr, out, (place / "out", home, ray))


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    place = Path(tempfile.mkdtemp(prefix="k", dir="/tmp"))  # a short name: sockets lie in it
    with provider_server() as provider:
        provider.default = leaky
        done = sweep(place, provider)
    assert done.code == 1, done.text
    assert {r["_key"].removeprefix("Bearer ") for r in provider.requests} == {OPENAI, ANTHROPIC}
    yield done
    shutil.rmtree(place)


def contents(file: Path) -> Iterator[tuple[str, bytes]]:
    """A file as it is, and what is packed in it."""
    yield "", file.read_bytes()
    if file.suffix == ".parquet":
        for name, column in parquet.read_table(file).to_pydict().items():
            yield name, repr(column).encode()
    if file.name.endswith(".tar.gz"):
        with tarfile.open(file) as archive:
            for entry in archive:
                inside = archive.extractfile(entry)
                yield entry.name, entry.name.encode() + (inside.read() if inside else b"")


def leaks(run: Run) -> list[str]:
    """Where a key lies, plain, quoted or in base64, in any file that the sweep wrote or in what it printed."""
    signs = [core.encode() for core in CORES]
    for core in CORES:
        signs += [base64.b64encode(b" " * shift + core.encode())[4:-4] for shift in range(3)]
    files = [p for folder in run.places for p in folder.rglob("*") if p.is_file() and not p.is_symlink()]
    assert any("worker" in p.name and p.stat().st_size for p in files), "the logs of Ray's workers were not found"
    texts = [(f"{p} {part}", data) for p in files for part, data in contents(p)]
    texts += [("printed", line.encode()) for line in run.text.splitlines()]
    return [f"{where}: ...{data[max(0, i - 60) : i + 60]!r}" for where, data in texts for s in signs if (i := data.find(s)) >= 0]


def test_no_key_is_in_anything_that_a_sweep_writes(run: Run) -> None:
    results = mldevbench.load(str(run.out))
    attempts = {(a["agent"], a["model"]): a for a in results.attempts.to_pylist()}
    assert len(attempts) == 2 * len(MODELS) + 1
    kinds = {model: a["error_kind"] for (_, model), a in attempts.items() if a["outcome"] == "infra_error"}
    assert kinds == {
        "openai/rejected": "provider_down",
        "openai/broken": "provider_down",
        "openai/unauthorized": "provider_auth",
    }
    assert len(list((run.out / "submissions").iterdir())) >= 5
    assert not (found := leaks(run)), "\n".join(found)
    events = results.events.to_pylist()
    thief = [e["data"] for e in events if e["trial_key"] == attempts["thief", None]["trial_key"]]
    assert "[OPENAI_API_KEY]" in thief[0]
    assert "ValueError: [OPENAI_API_KEY]" in thief[1]
    assert "hello.py changed" in thief[2]
    assert sum("the submission held a key" in e["data"] for e in events) == 1, "what a provider said came as far as a workspace"


def test_nothing_that_a_sweep_prints_steers_the_terminal(run: Run) -> None:
    assert "Given up for this run: " in run.text
    assert " ended in provider_auth: openai/unauthorized: " in run.text
    assert "?[2J" in run.text
    assert "openai/[red]split?[2J" in run.text
    assert not steers(run.text)
