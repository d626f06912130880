"""What `mldevbench status` says of a folder, with a driver that lives, one that ended, one that is dead, and none."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from mldevbench.commands.status import main
from mldevbench.outcome import Outcome, TrialRecord, Usage
from mldevbench.progress import Tally
from mldevbench.redact import Secrets
from mldevbench.results import ResultsWriter, SweepInfo
from mldevbench.results.info import PULSE
from mldevbench.results.storage import Storage
from mldevbench.results.verify import verify
from mldevbench.spec import TrialSpec
from mldevbench.status.heart import Heart
from mldevbench.status.pulse import SILENT_AFTER, Home, Pulse, read_pulse
from mldevbench.status.status import COLUMNS, Status, status_of
from mldevbench.view.index import Index
from mldevbench.watching import Actors, Watchers
from tests.results.s3_server import object_store
from tests.results.test_results import record

MODEL = "scripted/coin?p=0.5"
LIMITS = {"max_steps": 50, "max_time_s": None, "max_tokens": None, "max_cost_usd": None}
PLAN = {
    "arms": [{"agent": "react", "digest": "e", "model": MODEL}],
    "tasks": {"hello": "d", "later": "d"},
    "seeds": list(range(5)),
    "limits": [LIMITS],
    "command": "python -m mldevbench.sweep --seeds 5",
}


def failed(seed: int, attempt: int, kind: str, error: str, usd: float | None = 0.25) -> TrialRecord:
    lost = record(seed, attempt, Outcome.INFRA_ERROR)
    return replace(lost, error_kind=kind, error=error, usage=Usage(cost_usd=usd), started_at=1e9 + 60 * attempt)


@pytest.fixture(params=["disk", "object store"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A sweep of ten trials, some sealed and some in the journal: three graded, one of an older plan, two that failed."""
    if request.param == "disk":
        fill(str(tmp_path / "sweep"))
        yield str(tmp_path / "sweep")
    else:
        with object_store() as there:
            fill(there)
            yield there


def fill(place: str) -> None:
    writer = ResultsWriter.open(place, SweepInfo("study", "mini", PLAN))
    writer.append_many([(record(0), None), (failed(1, 1, "provider_down", "503"), None), (record(99), None)])
    writer.seal()
    writer.append_many([(record(1, 2, Outcome.FAILED), None), (record(2), None)])
    for attempt, words in ((1, "first"), (2, "\x1b[31mTraceback\nsecond")):
        writer.append(failed(3, attempt, "node_lost", words))
    writer.append(failed(4, 1, "node_lost", "earlier"))
    writer.release()


def status(place: str, pulse: Pulse | None = None) -> Status:
    return status_of(Index(Storage.at(place), COLUMNS), pulse)


def said(place: str, *options: str, capsys: pytest.CaptureFixture[str]) -> str:
    main([place, *options], standalone_mode=True)
    return capsys.readouterr().out


def test_what_is_there_and_what_is_missing(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The trial of seed 99 was of another run: its cost counts, it does not."""
    found = status(place)
    assert (found.planned, found.graded, found.passed, found.missing) == (10, 3, 2, 7)
    assert [(c.task, c.planned, c.graded) for c in found.cells] == [("hello", 5, 3), ("later", 5, 0)]
    (trouble,) = found.troubles
    assert (trouble.kind, trouble.trials, trouble.last_error) == ("node_lost", 2, "second")
    assert (found.attempts, found.cost_usd, found.priceless) == (8, 1.0, 4)
    assert found.unsealed == 5
    text = said(place, capsys=capsys)
    assert "unknown" in text
    assert "3/10 graded, 7 missing" in text
    assert "over $1.0000 in 8 attempts" in text
    assert "5 of 5: later react" in text
    assert "resume      python -m mldevbench.sweep --seeds 5" in text
    document = json.loads(said(place, "--json", capsys=capsys))
    assert document["state"] == "unknown"
    assert document["trials"]["missing"] == 7
    assert document["not_graded"] == [{"kind": "node_lost", "trials": 2, "last_error": "second"}]


def test_a_driver_that_lives_says_what_runs(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    storage, tally = Storage.at(place), Tally(total=10, before=3)
    heart = Heart(storage, tally, Secrets({"KEY": "sk-very-secret"}))
    told = Watchers(tally, heart)
    told.started(TrialSpec.from_dict(record(3).trial), 3, "node-7")
    told.started(TrialSpec.from_dict(record(4).trial), 2, "node-8")
    told.ended(record(4, 2), final=True)
    told.note("parked: sk-very-secret does not work", "parked")
    anyio.run(told.look, [Actors("1 CPU", 1, 2, 3)])
    assert b"very-secret" not in storage.get(PULSE)
    text = said(place, capsys=capsys)
    assert "running: process" in text
    assert "hello react scripted/coin?p=0.5 seed 3 on node-7, attempt 3" in text
    assert "node-8" not in text
    assert "2 ready with 3 trials, 1 starting, of 1 CPU" in text
    assert "parked: [KEY] does not work" in text
    assert "1 running, 5 waiting" in text
    heart.end("gave_up", "10 trial(s) in a row ended in provider_auth: sk-very-secret")
    text = said(place, "--watch", capsys=capsys)  # there is nothing to wait for any more
    assert "gave up 0:0" in text
    assert "provider_auth: [KEY]" in text
    assert "resume" in text
    ResultsWriter.open(place, SweepInfo("study", "mini", PLAN)).release()  # the file is in nobody's way
    assert PULSE not in {finding.file for finding in verify(storage).findings}


def test_a_dead_driver_is_told_by_its_process_and_elsewhere_by_its_silence(place: str) -> None:
    now = time.time()
    code = (
        "import dataclasses, json; from mldevbench.status.pulse import Home; print(json.dumps(dataclasses.asdict(Home.here())))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    gone = Home(**json.loads(done.stdout))
    here, far = Home.here(), replace(Home.here(), host="another")
    fresh = Pulse(at=now, every_s=5.0, started_at=now - 60, home=here, trials=10)
    silent = now - 5.0 * SILENT_AFTER - 1
    states = {
        "running": [fresh, replace(fresh, at=silent), replace(fresh, home=far), replace(fresh, home=far, at=now + 3600)],
        "dead": [
            replace(fresh, home=gone),
            replace(fresh, home=replace(here, born=here.born - 100)),  # another process has its id now
            replace(fresh, home=far, at=silent),
        ],
        "interrupted": [replace(fresh, end="interrupted")],
    }
    for state, pulses in states.items():
        for pulse in pulses:
            assert status(place, pulse).state == state, pulse


def test_the_pace_is_that_of_this_run(tmp_path: Path) -> None:
    """Two of three trials ended since the run began ten minutes ago; of ten, seven are left."""
    writer = ResultsWriter.open(str(tmp_path), SweepInfo("study", "mini", PLAN))
    now = time.time()
    for seed, ago in ((0, 1000), (1, 300), (2, 1)):
        writer.append(replace(record(seed), started_at=now + 600 - ago))
    writer.close()
    pulse = Pulse(at=now, every_s=5.0, started_at=now, home=Home.here(), trials=10)
    found = status_of(Index(Storage.at(str(tmp_path)), COLUMNS), pulse, now + 600)
    assert found.pace == pytest.approx(2 / 600, rel=0.01)
    assert found.seconds_left == pytest.approx(7 * 300, rel=0.01)


def test_a_sign_of_life_that_cannot_be_written_or_read_ends_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    heart = Heart(Storage.at(str(blocked)), Tally(1), Secrets({}))
    anyio.run(heart.look, [])
    heart.end("finished")
    for text in ("{", "[]", '{"at": "then"}'):
        (tmp_path / PULSE).write_text(text)
        assert read_pulse(Storage.at(str(tmp_path))) is None


@pytest.mark.parametrize("name", ["empty", "nothing-here"])
def test_a_folder_without_a_sweep(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit) as stopped:
        main([str(tmp_path / name)], standalone_mode=True)
    assert stopped.value.code == 2
    assert capsys.readouterr().err == f"error: {tmp_path / name} holds no sweep (no sweep.json); name a results folder\n"
