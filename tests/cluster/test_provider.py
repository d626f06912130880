"""A sweep with litellm's real `openai/` provider, against a server on loopback that speaks its protocol."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import mldevbench
from tests.gateway.provider_server import Provider, Reply, provider_server

KEY = "sk-canary-abcdef0123456789"
WRITE = ("create_file", {"path": "hello.py", "content": "print('Hello, World!')\n"})


def run(out: Path, provider: Provider, *arguments: str, models: str = "openai/nameless") -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "mldevbench.sweep",
        "--agents",
        "react",
        "--models",
        models,
        "--tasks",
        "hello_world",
    ]
    command += ["--seeds", "1", "--api-base", f"openai={provider.url}/v1", "--out", str(out), *arguments]
    environment = {**os.environ, "OPENAI_API_KEY": KEY}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=200)


def test_a_model_of_a_provider_is_metered_and_its_key_is_nowhere(tmp_path: Path) -> None:
    with provider_server() as provider:
        provider.replies += [Reply(text=None, tools=(WRITE,)), Reply(status=500), Reply(text="done")]
        done = run(tmp_path / "sweep", provider)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning: no price is known for openai/nameless" in done.stderr
    (row,) = mldevbench.load(str(tmp_path / "sweep")).trials.to_pylist()
    assert (row["outcome"], row["steps"], row["tokens_in"], row["cost_usd"]) == ("passed", 2, 200, None)
    assert not row["synthetic_model"]
    written = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert not [p for p in written if KEY.encode() in p.read_bytes()]
    assert KEY not in done.stdout + done.stderr


def test_a_provider_that_refuses_the_key_is_no_failure_of_the_agent(tmp_path: Path) -> None:
    with provider_server() as provider:
        provider.default = Reply(status=401)
        done = run(tmp_path / "sweep", provider)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Given up for this run: model openai/nameless" in done.stdout
    results = mldevbench.load(str(tmp_path / "sweep"))
    assert results.trials.num_rows == 0
    assert [(a["outcome"], a["error_kind"]) for a in results.attempts.to_pylist()] == [("infra_error", "provider_auth")]


def test_a_model_that_is_refused_does_not_stop_the_others_and_is_retried_alone(tmp_path: Path) -> None:
    locked = Reply(status=401)

    def reply(body: dict[str, Any]) -> Reply:
        return locked if body["model"] == "locked" else Reply(text="done")

    models = "openai/locked,openai/open"
    with provider_server() as provider:
        provider.default = reply
        done = run(tmp_path / "sweep", provider, "--seeds", "12", "--concurrency", "2", models=models)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Given up for this run: model openai/locked" in done.stdout
        attempts = mldevbench.load(str(tmp_path / "sweep")).attempts.to_pylist()
        assert sum(a["outcome"] == "failed" and a["model"] == "openai/open" for a in attempts) == 12
        tried = [a["trial_key"] for a in attempts if a["model"] == "openai/locked"]
        assert 1 <= len(tried) <= 2

        locked = Reply(text="done")
        again = run(tmp_path / "sweep", provider, "--seeds", "12", "--retry", "infra", models=models)
    assert f"--retry infra: {len(tried)} of them" in again.stdout, again.stdout + again.stderr
    trials = mldevbench.load(str(tmp_path / "sweep")).trials.to_pylist()
    assert {t["trial_key"] for t in trials if t["model"] == "openai/locked"} == set(tried)
