"""Whole sweeps on a real local Ray, through the command that users run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import mldevbench
from mldevbench.results.storage import Storage
from mldevbench.status.pulse import read_pulse
from mldevbench.status.status import COLUMNS, Status, status_of
from mldevbench.view.index import Index
from tests.support import record_of

TASKS = "hello_world,nan_losses"


def sweep_command(out: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "mldevbench.sweep", "--out", str(out), *arguments]


def run_sweep(out: Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(sweep_command(out, *arguments), capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def rows(out: Path, dataset: str = "trials") -> list[dict[str, object]]:
    table = getattr(mldevbench.load(str(out)), dataset)
    found: list[dict[str, object]] = table.to_pylist()
    return found


def status(out: Path) -> Status:
    storage = Storage.at(str(out))
    pulse = read_pulse(storage)
    return status_of(Index(storage, COLUMNS), pulse)


@pytest.fixture(scope="module")
def coin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """ReAct with a scripted coin over two tasks and three seeds, and beside it the control agents."""
    out = tmp_path_factory.mktemp("coin") / "sweep"
    arguments = ["--agents", "react,noop,oracle", "--models", "scripted/coin?p=0.6", "--tasks", TASKS, "--seeds", "3"]
    summary = out.parent / "summary.json"
    return out, run_sweep(out, *arguments, "--summary-json", str(summary))


def test_every_trial_is_graded_once(coin: tuple[Path, str]) -> None:
    out, text = coin
    found = rows(out)
    assert len(found) == len({r["trial_key"] for r in found}) == 18
    assert {r["outcome"] for r in found if r["agent"] == "oracle"} == {"passed"}
    assert {r["outcome"] for r in found if r["agent"] == "noop"} == {"failed"}
    assert "scripted" in text.lower()
    summary = json.loads((out.parent / "summary.json").read_text())
    assert summary["trials"] == 18
    assert summary["missing"] == 0


def test_the_scripted_coin_falls_as_its_truth_says(coin: tuple[Path, str]) -> None:
    """The outcome of each trial is known beforehand from policy, task and seed, so the whole chain can be checked."""
    from mldevbench.gateway.scripted.policies import Policy
    from mldevbench.spec import Named

    policy = Policy.parse(Named.parse("scripted/coin?p=0.6"))
    for row in rows(coin[0]):
        if row["agent"] == "react":
            play = policy.play(task=str(row["task"]), paper_row=None, seed=int(str(row["seed"])))
            assert (row["outcome"] == "passed") == (play == "solve")
            assert row["synthetic_model"] is True


def test_outcomes_do_not_depend_on_concurrency(coin: tuple[Path, str], tmp_path: Path) -> None:
    arguments = ["--agents", "react", "--models", "scripted/coin?p=0.6", "--tasks", TASKS, "--seeds", "3"]
    run_sweep(tmp_path / "alone", *arguments, "--concurrency", "1")
    alone = {r["trial_key"]: (r["outcome"], r["stop_reason"]) for r in rows(tmp_path / "alone")}
    together = {r["trial_key"]: (r["outcome"], r["stop_reason"]) for r in rows(coin[0])}
    assert len(alone) == 6
    assert alone.items() <= together.items()


def test_the_same_command_again_runs_nothing_and_more_seeds_add_what_is_missing(coin: tuple[Path, str]) -> None:
    out, _ = coin
    attempts = len(rows(out, "attempts"))
    arguments = ["--agents", "noop,oracle", "--tasks", TASKS]
    assert "12 trials, 12 of them already graded" in run_sweep(out, *arguments, "--seeds", "3")
    assert len(rows(out, "attempts")) == attempts
    assert "16 trials, 12 of them already graded" in run_sweep(out, *arguments, "--seeds", "4")
    assert len(rows(out, "attempts")) == attempts + 4


def test_another_sweep_and_an_unwritable_place_are_refused(coin: tuple[Path, str], tmp_path: Path) -> None:
    arguments = ["--agents", "noop", "--tasks", "hello_world", "--seeds", "1"]
    assert "another" in run_sweep(coin[0], *arguments, "--name", "another", code=2)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")
    assert str(foreign) in run_sweep(foreign, *arguments, code=2)
    assert [p.name for p in foreign.iterdir()] == ["thesis.txt"]
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert str(blocked) in run_sweep(blocked / "sweep", *arguments, code=2)


def test_a_killed_driver_loses_nothing_and_leaves_no_process(tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    arguments = ["--agents", "react", "--models", "scripted/oracle", "--tasks", TASKS, "--seeds", "8"]
    marker = {**os.environ, "MLDEVBENCH_TEST_MARKER": str(out)}
    driver = subprocess.Popen(sweep_command(out, *arguments), env=marker, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: (out / "sweep.json").exists() and len(rows(out)) >= 3, 240)
    assert status(out).state == "running"
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert status(out).state == "dead"
    finished = {r["trial_key"] for r in rows(out)}
    wait_until(lambda: not marked_processes(str(out)), 60)
    assert len(finished) < 16, "the driver was killed too late to show anything"

    run_sweep(out, *arguments)
    assert (status(out).state, status(out).missing) == ("finished", 0)
    after = [r["trial_key"] for r in rows(out)]
    assert len(after) == len(set(after)) == 16
    assert finished <= set(after)
    again = [r["trial_key"] for r in rows(out, "attempts")]
    assert len(again) == len(set(again)), "a finished trial was run twice"


def test_a_trial_that_was_finished_but_not_acknowledged_is_taken_over(tmp_path: Path) -> None:
    """A node keeps what it finished; the next driver takes it instead of running, and paying for, the trial again."""
    from cluster.launch import sweep_info
    from mldevbench.catalog import Catalog
    from mldevbench.outcome import Outcome, Usage
    from mldevbench.paths import folder
    from mldevbench.plan import read_options, resolve
    from mldevbench.results import ResultsWriter
    from mldevbench.results.spool import Spool

    arguments = ["--agents", "noop", "--tasks", "hello_world", "--seeds", "1"]
    options = read_options(None, {"agents": "noop", "tasks": "hello_world", "seeds": "1"})
    sweep = resolve(options, Catalog())
    (spec,) = sweep.trials()
    known = record_of(spec, Outcome.FAILED, usage=Usage(steps=77))
    out = str(tmp_path / "second")
    writer = ResultsWriter.open(out, sweep_info(options, sweep, out))
    spool = folder("spool", writer.id)
    writer.close()
    Spool(spool).put(known, None)
    text = run_sweep(tmp_path / "second", *arguments)
    (taken,) = rows(tmp_path / "second", "attempts")
    assert taken["steps"] == 77
    assert "All 1 trials are graded" in text
    assert list(spool.iterdir()) == []


def test_an_interrupt_cancels_and_says_how_to_resume(tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    arguments = [
        "--agents",
        "react",
        "--models",
        "scripted/oracle",
        "--tasks",
        "nan_losses",
        "--seeds",
        "30",
        "--concurrency",
        "4",
    ]
    driver = subprocess.Popen(sweep_command(out, *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_until(lambda: (out / "sweep.json").exists() and len(rows(out)) >= 1, 240)
    driver.send_signal(signal.SIGINT)
    text, _ = driver.communicate(timeout=200)
    assert driver.returncode == 130, text
    assert "To resume: python -m mldevbench.sweep" in text
    finished = rows(out)
    assert 1 <= len(finished) < 30
    assert {r["outcome"] for r in rows(out, "attempts")} <= {"passed", "failed", "cancelled"}


def wait_until(condition, seconds: float) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.2)


def marked_processes(value: str) -> list[psutil.Process]:
    """Processes that inherited the marker: Ray's and every worker's."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MLDEVBENCH_TEST_MARKER") == value:
                found.append(process)
        except psutil.Error:
            continue
    return found
