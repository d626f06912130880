"""`--max-cost-usd`: what is launched, what is spent, and how it goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

import mldevbench
from cluster.budget import PILOTS, SweepBudget
from mldevbench.outcome import Outcome, TrialRecord, Usage
from mldevbench.spec import Limits, Named, TrialSpec
from tests.support import record_of

REACT = Named("react")


def trial(seed: int, model: str | None = "m") -> TrialSpec:
    return TrialSpec("t", "d", REACT, "d", Named(model) if model else None, seed, "mini", Limits())


def ended(spec: TrialSpec, usd: float | None, outcome: Outcome = Outcome.PASSED, kind: str | None = None) -> TrialRecord:
    return record_of(spec, outcome, error_kind=kind, usage=Usage(cost_usd=usd))


def end(budget: SweepBudget, record: TrialRecord) -> None:
    budget.ended(record, final=True)
    budget.over(TrialSpec.from_dict(record.trial), record)


@pytest.mark.anyio
async def test_no_trial_is_launched_that_would_cost_too_much() -> None:
    budget = SweepBudget(1.0)
    assert await budget.admits(trial(0)), "nothing is known yet"
    end(budget, ended(trial(0), 0.4))
    assert await budget.admits(trial(1))
    admitted: list[bool] = []

    async def ask() -> None:
        admitted.append(await budget.admits(trial(2)))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        assert not admitted, "0.4 are spent, 0.4 are under way, 0.4 more may fit when these turn out to be less"
        end(budget, ended(trial(1), 0.1))
    assert admitted == [True]
    end(budget, ended(trial(2), 0.4))
    assert not await budget.admits(trial(3))
    assert await budget.admits(trial(4, None)), "an agent without a model costs nothing"
    assert budget.refusal == "--max-cost-usd 1: 0.9000 USD are spent, 1 trials are left; raise it to go on"


@pytest.mark.anyio
async def test_a_few_trials_find_out_what_one_costs() -> None:
    budget, admitted = SweepBudget(1.0), []

    async def ask(seed: int) -> None:
        if await budget.admits(trial(seed)):
            admitted.append(seed)

    async with anyio.create_task_group() as tasks:
        for seed in range(40):
            tasks.start_soon(ask, seed)
        await anyio.wait_all_tasks_blocked()
        assert len(admitted) == PILOTS
        end(budget, ended(trial(0), 0.1))
        await anyio.wait_all_tasks_blocked()
        assert len(admitted) == 1 + 9, "0.1 are spent, and nine may cost 0.1 each"
        tasks.cancel_scope.cancel()


@pytest.mark.anyio
async def test_a_trial_without_money_for_its_next_call_is_the_last() -> None:
    budget = SweepBudget(1.0)
    assert await budget.admits(trial(0))
    assert await budget.admits(trial(1))
    end(budget, ended(trial(0), 0.2, Outcome.CANCELLED, "budget"))
    assert not await budget.admits(trial(2))
    assert budget.refusal is not None
    assert "2 trials are left" in budget.refusal


def sweep(out: Path, limit: str, code: int) -> str:
    command = [sys.executable, "-m", "mldevbench.sweep", "--out", str(out), "--agents", "react", "--models", "scripted/oracle"]
    command += ["--tasks", "hello_world", "--seeds", "40", "--concurrency", "40", "--price", "scripted/oracle=20,20"]
    done = subprocess.run([*command, "--max-cost-usd", limit], capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def attempts(out: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = mldevbench.load(str(out)).attempts.to_pylist()
    return found


def test_forty_trials_at_once_spend_no_more_than_there_is_and_none_fails_for_it(tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    text = sweep(out, "1", 1)
    found = attempts(out)
    spent = sum(row["cost_usd"] for row in found)
    longest = max(call["tokens_out"] or 0 for call in mldevbench.load(str(out)).calls.to_pylist())
    assert 0.7 < spent <= 1 + 40 * longest * 20e-6, "a call in flight may be longer than any before"
    assert {row["outcome"] for row in found} <= {"passed", "cancelled"}
    assert sum(row["outcome"] == "passed" for row in found) >= 3
    assert {row["error_kind"] for row in found if row["outcome"] == "cancelled"} <= {"budget"}
    assert f"--max-cost-usd 1: {spent:.4f} USD are spent" in text
    assert "Given up for this run: --max-cost-usd 1" in text
    again = sweep(out, "1", 1)
    assert f"{spent:.4f} USD of it are spent already" in again
    assert len(attempts(out)) == len(found)
