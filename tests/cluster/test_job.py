"""A Ray cluster started by hand, and sweeps submitted to it as jobs, with Ray's token authentication on."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

import mldevbench
from tests.support import ALTERNATING_AGENT, write_package

ROOT = Path(__file__).resolve().parents[2]
RAY = str(Path(sys.executable).parent / "ray")
SECRET = "sk-canary-0123456789abcdef"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a user of a cluster with 4 CPUs and 2 logical GPUs."""
    folder = tmp_path_factory.mktemp("cluster")
    keys = folder / "keys"
    keys.write_text(f"OPENAI_API_KEY={SECRET}\n")
    package = write_package(folder / "package", {"alternating": ALTERNATING_AGENT}, {"half_gpu": 0.5, "eight_gpus": 8})
    port, dashboard, metrics = free_port(), free_port(), free_port()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("RAY_")},
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": "a-token-for-this-test-only-0123456789",
        "PYTHONPATH": str(package),
        "MLDEVBENCH_KEYS_FILE": str(keys),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    command = [RAY, "start", "--head", "--block", "--num-cpus", "4", "--num-gpus", "2", "--port", str(port)]
    short = tempfile.mkdtemp(prefix="ray-")  # names of sockets are limited to 107 bytes
    command += ["--dashboard-host", "127.0.0.1", "--dashboard-port", str(dashboard), "--temp-dir", short]
    command += ["--ray-client-server-port", str(free_port()), "--disable-usage-stats", "--metrics-export-port", str(metrics)]
    command += ["--dashboard-agent-listen-port", str(free_port())]  # its usual one is taken by any other Ray on this machine
    log = (folder / "log").open("w")
    head = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    environment["RAY_API_SERVER_ADDRESS"] = f"http://127.0.0.1:{dashboard}"
    environment["TEST_METRICS"] = f"http://127.0.0.1:{metrics}/metrics"
    try:
        wait_for_dashboard(environment)
        yield environment
    finally:
        head.terminate()
        head.wait(60)
        shutil.rmtree(short, ignore_errors=True)


def wait_for_dashboard(environment: dict[str, str]) -> None:
    for _ in range(30):
        done = subprocess.run([RAY, "job", "list"], env=environment, capture_output=True, check=False)
        if done.returncode == 0:
            return
    raise AssertionError(f"the cluster did not come up: {done.stderr.decode()[-500:]}")


def submit(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Submits a sweep as a user would; the exit code and what was printed."""
    command = [RAY, "job", "submit", "--working-dir", ".", "--", "python", "-m", "mldevbench.sweep", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=280)
    return done.returncode, done.stdout + done.stderr


def test_half_a_gpu_is_seen_and_seeds_are_independent(cluster: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    code, text = submit(cluster, "--agents", "oracle", "--tasks", "half_gpu", "--seeds", "4", "--out", str(out))
    assert code == 0, text
    trials = mldevbench.load(str(out)).trials.to_pylist()
    assert [t["outcome"] for t in trials] == ["passed"] * 4
    details = {c["detail"] for c in mldevbench.load(str(out)).checks.to_pylist()}
    assert details <= {"CUDA_VISIBLE_DEVICES='0'", "CUDA_VISIBLE_DEVICES='1'"}

    code, text = submit(cluster, "--agents", "alternating", "--tasks", "hello_world", "--seeds", "2", "--out", str(out))
    assert code == 0, text
    trials = [t for t in mldevbench.load(str(out)).trials.to_pylist() if t["agent"] == "alternating"]
    assert {t["seed"]: t["outcome"] for t in trials} == {0: "passed", 1: "failed"}

    listing = subprocess.run([RAY, "job", "list"], env=cluster, capture_output=True, text=True, check=True)
    assert SECRET not in listing.stdout + listing.stderr + text


def test_a_shape_that_fits_nowhere_is_refused_by_name(cluster: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    code, text = submit(cluster, "--agents", "noop", "--tasks", "hello_world,eight_gpus", "--out", str(out))
    assert code != 0
    assert "task eight_gpus asks for 1 CPU, 1 GiB, 8 GPU" in text
    assert not out.exists()
    code, text = submit(
        cluster,
        "--agents",
        "noop",
        "--tasks",
        "hello_world,eight_gpus",
        "--seeds",
        "1",
        "--on-missing-gpu",
        "skip",
        "--out",
        str(out),
    )
    assert code == 0, text
    assert {t["task"] for t in mldevbench.load(str(out)).trials.to_pylist()} == {"hello_world"}


def test_a_relative_out_is_refused(cluster: dict[str, str]) -> None:
    code, text = submit(cluster, "--agents", "noop", "--tasks", "hello_world", "--out", "results/x")
    assert code != 0
    assert "is relative" in text


def test_without_the_token_nothing_is_accepted(cluster: dict[str, str]) -> None:
    stranger = {**cluster, "RAY_AUTH_TOKEN": "not-the-token"}
    done = subprocess.run([RAY, "job", "list"], env=stranger, capture_output=True, text=True, check=False)
    assert done.returncode != 0


def test_a_job_logs_events_and_its_node_serves_its_metrics(cluster: dict[str, str], tmp_path: Path) -> None:
    """The job's log is a line of JSON an event; what was counted is there after the job has ended."""
    out = tmp_path / "watched"
    sweep = ["--agents", "alternating", "--tasks", "hello_world", "--seeds", "3"]
    code, text = submit(cluster, *sweep, "--out", str(out), "--log-format", "json")
    assert code == 0, text
    events = [json.loads(line) for line in text.splitlines() if line.startswith('{"time"')]
    assert {e["event"] for e in events} == {"sweep_started", "trial_started", "trial_ended", "sweep_ended"}
    trials = {t["trial_key"]: t for t in mldevbench.load(str(out)).trials.to_pylist()}
    for event in ("trial_started", "trial_ended"):
        assert {e["trial_key"] for e in events if e["event"] == event} == set(trials)
    for e in (e for e in events if e["event"] == "trial_ended"):
        same = ("attempt", "task", "agent", "model", "seed", "node", "outcome", "error_kind")
        assert {k: e[k] for k in same} == {k: trials[e["trial_key"]][k] for k in same}
        assert datetime.fromisoformat(e["time"]).tzinfo is not None
    assert events[-1]["missing"] == 0

    scraped = httpx.get(cluster["TEST_METRICS"]).text
    ours = {"sweep": "watched", "task": "hello_world", "agent": "alternating"}
    assert metric(scraped, "trials_total", **ours, outcome="passed") == 2
    assert metric(scraped, "attempts_total", **ours, outcome="failed", error_kind="") == 1
    assert metric(scraped, "solve_seconds_count", **ours) == 3
    assert metric(scraped, "trials_running", sweep="watched") == 0
    assert metric(scraped, "actors", sweep="watched", shape="1 CPU, 1 GiB", state="ready") == 0


def metric(scraped: str, name: str, **tags: str) -> float:
    """The value of the one time series with these tags."""
    lines = [line for line in scraped.splitlines() if line.startswith(f"ray_mldevbench_{name}{{")]
    (found,) = [line for line in lines if all(f'{k}="{v}"' in line for k, v in tags.items())]
    return float(found.rpartition(" ")[2])
