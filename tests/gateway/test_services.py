"""The W&B service with the real client of the task environment, and with clients that mean no good."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from mldevbench.envs import task_python
from mldevbench.services import bounds, wandb

CLIENT = """
import wandb

for number in (1, 2):
    settings = {"tags": ["test", "evaluation"], "config": {"lr": 0.1 * number}, "notes": "a note"}
    run = wandb.init(project="study", name=f"run-{number}", **settings)
    for epoch in range(3):
        run.log({"loss": 1 / (epoch + 1), "epoch": epoch})
    run.summary["best"] = 0.25
    run.finish(exit_code=number - 1)
api = wandb.Api()
found = api.run(run.path)
print(found.name, sorted(found.tags), found.config, found.state, found.summary["best"], found.notes)
print([row["loss"] for row in found.scan_history()] == [1, 0.5, 1 / 3])
print(len(found.history(pandas=False)), len(found.history(keys=["loss"])))
print([(r.name, r.state) for r in api.runs(f"{run.entity}/study")])
try:
    api.run("agent/study/unknown")
except Exception as error:
    print(type(error).__name__)
"""


class Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        pass


@pytest.fixture
def service() -> Iterator[tuple[wandb.Service, str]]:
    served = wandb.Service()
    app = Starlette(routes=[Mount("/services/wandb", routes=served.routes())])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield served, f"http://127.0.0.1:{listener.getsockname()[1]}/services/wandb"
        server.should_exit = True
        thread.join()


@pytest.mark.timeout(120)
def test_the_real_client_logs_and_reads_back(service: tuple[wandb.Service, str], tmp_path: Path) -> None:
    served, url = service
    env = {
        "WANDB_BASE_URL": url,
        "WANDB_API_KEY": "0" * 40,
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "WANDB_SILENT": "true",
    }
    done = subprocess.run([task_python(), "-c", CLIENT], env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "run-2 ['evaluation', 'test'] {'lr': 0.2} failed 0.25 a note",
        "True",
        "3 3",
        "[('run-1', 'finished'), ('run-2', 'failed')]",
        "CommError",
    ]
    first, second = served.record()["runs"]
    assert (first["entity"], first["project"], first["display_name"]) == ("agent", "study", "run-1")
    assert first["config"] == {"lr": 0.1}
    assert [row["epoch"] for row in first["history"]] == [0, 1, 2]
    assert (first["state"], second["state"]) == ("finished", "failed")
    assert json.dumps(served.record())


def start_run(url: str, **more: Any) -> httpx.Response:
    query = "mutation U($i: UpsertBucketInput!) { upsertBucket(input: $i) { bucket { name } inserted } }"
    given = {"modelName": "p", "name": "r", **more}
    return httpx.post(f"{url}/graphql", json={"query": query, "variables": {"i": given}})


def test_lines_that_are_sent_again_are_kept_once(service: tuple[wandb.Service, str]) -> None:
    served, url = service
    assert start_run(url).json() == {"data": {"upsertBucket": {"bucket": {"name": "r"}, "inserted": True}}}
    for _ in range(2):
        content = {"offset": 0, "content": ['{"loss": 1}', '{"loss": NaN}']}
        body = gzip.compress(json.dumps({"files": {"wandb-history.jsonl": content}}).encode())
        sent = httpx.post(f"{url}/files/agent/p/r/file_stream", content=body, headers={"Content-Encoding": "gzip"})
        assert sent.status_code == 200
    (run,) = served.record()["runs"]
    assert run["history"] == [{"loss": 1}, {"loss": None}]


HOSTILE = {
    "no JSON": b"\xff\xfe",
    "no object": b"[1]",
    "no query": b"{}",
    "no GraphQL": json.dumps({"query": "}{"}).encode(),
    "two operations": json.dumps({"query": "query A { viewer { id } } query B { viewer { id } }"}).encode(),
    "deep JSON": b'{"query": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep query": json.dumps({"query": "{" + "project{" * 2000 + "id" + "}" * 2001}).encode(),
    "endless fragment": json.dumps({"query": "{ viewer { ...A } } fragment A on User { ...A }"}).encode(),
    "long query": json.dumps({"query": "{" + "viewer { id } " * 100_000 + "}"}).encode(),
    "large body": b" " * (bounds.MOST_BODY + 1),
    "variables": json.dumps({"query": "{ viewer { id } }", "variables": 3}).encode(),
    "huge integer": b'{"query": "{ project(name: ' + b"9" * 10_000 + b') { id } }"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_nonsense_is_refused_and_changes_nothing(service: tuple[wandb.Service, str], body: bytes) -> None:
    served, url = service
    assert start_run(url).status_code == 200
    before = served.record()
    for path in ("graphql", "files/agent/p/r/file_stream"):
        assert httpx.post(f"{url}/{path}", content=body).status_code in (200, 400)
    packed = {"Content-Encoding": "gzip"}
    assert httpx.post(f"{url}/files/agent/p/r/file_stream", content=body, headers=packed).status_code == 400
    assert served.record() == before


@pytest.mark.parametrize(
    "files",
    [
        {"wandb-history.jsonl": {"offset": 7, "content": ["{}"]}},
        {"wandb-history.jsonl": {"offset": -1, "content": ["{}"]}},
        {"wandb-history.jsonl": {"offset": 0, "content": ["3"]}},
        {"wandb-history.jsonl": {"offset": 0, "content": [None]}},
        {"wandb-history.jsonl": {"offset": 0, "content": "{}"}},
        {"wandb-history.jsonl": ["{}"]},
        {"wandb-summary.json": {"offset": 0, "content": ['{"x": ' + "9" * 100 + "}"]}},
    ],
)
def test_lines_that_are_no_lines_are_refused(service: tuple[wandb.Service, str], files: dict[str, Any]) -> None:
    served, url = service
    start_run(url)
    before = served.record()
    assert httpx.post(f"{url}/files/agent/p/r/file_stream", json={"files": files}).status_code == 400
    assert served.record() == before


def test_what_is_kept_is_bounded(service: tuple[wandb.Service, str], monkeypatch: pytest.MonkeyPatch) -> None:
    served, url = service
    bomb = gzip.compress(bytes(50 * 2**20))
    sent = httpx.post(f"{url}/graphql", content=bomb, headers={"Content-Encoding": "gzip"})
    assert sent.status_code == 400
    assert "larger" in sent.text
    monkeypatch.setattr(wandb, "MOST_RUNS", 3)
    codes = [start_run(url, name=f"r{i}").status_code for i in range(5)]
    assert codes == [200, 200, 200, 400, 400]
    monkeypatch.setattr(wandb, "MOST_KEPT", 4_000)
    assert [start_run(url, name="r0", notes="x" * 900).status_code for _ in range(3)] == [200, 400, 400]
    monkeypatch.setattr(wandb, "MOST_ROWS", 10)
    lines = {"wandb-history.jsonl": {"offset": 0, "content": ["{}"] * 11}}
    assert httpx.post(f"{url}/files/agent/p/r0/file_stream", json={"files": lines}).status_code == 400
    assert len(served.record()["runs"]) == 3
