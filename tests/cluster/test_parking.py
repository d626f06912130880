"""What fails everywhere is parked, tried again, and given up at last; the rest goes on."""

from __future__ import annotations

from dataclasses import dataclass

import anyio
import pytest

from cluster import parking
from cluster.parking import Parking
from mldevbench.outcome import Outcome
from mldevbench.spec import Limits, Named, TrialSpec
from tests.support import record_of

pytestmark = pytest.mark.anyio
LIMIT = parking.SAME_THING


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking, "FIRST_PAUSE_S", 0.05)


@dataclass
class Sweep:
    parking: Parking
    ran: int = 0

    def run(self, model: str, task: str, outcome: Outcome, kind: str | None = None) -> list[str] | None:
        """What is said of a trial's end; None when it is not admitted."""
        spec = TrialSpec(task, "d", Named("react"), "d", Named.parse(model), self.ran, "mini", Limits())
        if not self.parking.admits(spec):
            return None
        self.ran += 1
        return self.parking.judge(spec, record_of(spec, outcome, error_kind=kind, error=kind and "it is so"))


def down(sweep: Sweep, times: int, model: str = "openai/a") -> list[list[str] | None]:
    return [sweep.run(model, f"t{n}", Outcome.INFRA_ERROR, "provider_down") for n in range(times)]


async def test_a_model_that_is_down_is_parked_while_others_go_on() -> None:
    sweep = Sweep(Parking(60.0))
    *quiet, last = down(sweep, LIMIT)
    assert quiet == [[]] * (LIMIT - 1)
    assert last == ["parked, and tried again in 0 s: model openai/a: 5 trial(s) in a row ended in provider_down: it is so"]
    assert sweep.run("openai/a", "t9", Outcome.PASSED) is None
    assert sweep.run("openai/b", "t0", Outcome.FAILED) == []
    with anyio.fail_after(5):
        assert await sweep.parking.opens()
    assert sweep.run("openai/a", "t9", Outcome.PASSED) == ["model openai/a works again"]
    assert down(sweep, 1) == [[]]


async def test_one_success_among_failures_parks_nothing() -> None:
    sweep = Sweep(Parking(60.0))
    for _ in range(3):
        assert down(sweep, LIMIT - 1) == [[]] * (LIMIT - 1)
        assert sweep.run("openai/a", "t", Outcome.FAILED) == []


async def test_only_one_trial_at_a_time_tries_what_is_parked() -> None:
    sweep = Sweep(Parking(60.0))
    down(sweep, LIMIT)
    specs = [TrialSpec("t", "d", Named("react"), "d", Named("openai/a"), seed, "mini", Limits()) for seed in range(2)]
    assert not sweep.parking.admits(specs[0])
    assert await sweep.parking.opens()
    assert [sweep.parking.admits(spec) for spec in specs] == [True, False]
    assert sweep.parking.judge(specs[0], None) == []  # it was not run after all
    assert sweep.parking.admits(specs[1])


async def test_patience_ends() -> None:
    sweep = Sweep(Parking(0.2))
    notes = down(sweep, LIMIT)
    assert sweep.run("openai/a", "t", Outcome.PASSED) is None
    with anyio.fail_after(5):
        while await sweep.parking.opens():
            notes += down(sweep, 1)
            down(sweep, 1)
    assert notes[-1] is not None
    assert notes[-1][0].startswith("given up for this run: model openai/a: ")
    assert list(sweep.parking.given_up) == ["model openai/a"]
    assert sweep.run("openai/b", "t", Outcome.PASSED) == []


async def test_a_refused_key_is_given_up_at_once_and_a_task_by_its_own_errors() -> None:
    sweep = Sweep(Parking(60.0))
    assert sweep.run("openai/a", "t", Outcome.INFRA_ERROR, "provider_auth") != []
    assert sweep.run("openai/a", "t", Outcome.PASSED) is None
    assert not await sweep.parking.opens()
    for _ in range(LIMIT):
        sweep.run("openai/b", "broken", Outcome.INFRA_ERROR, "asset")
        assert sweep.run("openai/b", "sound", Outcome.PASSED) == []
    assert sweep.run("openai/b", "broken", Outcome.PASSED) is None
    assert sweep.run("openai/b", "sound", Outcome.PASSED) == []


async def test_when_everything_fails_everything_waits() -> None:
    sweep = Sweep(Parking(60.0))
    notes = [sweep.run(f"openai/{n}", f"t{n}", Outcome.INFRA_ERROR, "runner") for n in range(parking.EVERYTHING)]
    assert notes[-1] is not None
    assert "everything: 10 trial(s) in a row" in notes[-1][0]
    assert sweep.run("openai/other", "other", Outcome.PASSED) is None
