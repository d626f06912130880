"""Acknowledged is durable, rows come once, and readers never see anything broken."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import polars
import pytest

import mldevbench
from mldevbench.outcome import Check, Event, Metric, ModelCall, Outcome, StopReason, TrialRecord, Usage, UserError
from mldevbench.results import ResultsWriter, SweepInfo
from mldevbench.results.codec import decode, encode
from mldevbench.results.spool import Spool
from mldevbench.spec import Limits, Named, TrialSpec
from tests.support import record_of

INFO = SweepInfo("study", "mini", {"seeds": [0]})


def record(seed: int, attempt: int = 1, outcome: Outcome = Outcome.PASSED) -> TrialRecord:
    spec = TrialSpec("hello", "d", Named("react"), "e", Named.parse("scripted/coin?p=0.5"), seed, "mini", Limits())
    return record_of(
        spec,
        outcome,
        attempt=attempt,
        stop_reason=StopReason.SUBMITTED,
        synthetic_model=True,
        usage=Usage(steps=3, calls=4, cost_usd=None),
        checks=(Check("says hello", True, "with a lone surrogate \udc80"),),
        metrics=(Metric("accuracy", 0.5, "fraction"),),
        calls=(ModelCall(0, 1e9, "m", True, False, 1, 2, 0, 0, None, 0.1),),
        events=(Event(0, 0.1, "note", {"text": "\x1b[31m\udc80"}),),
    )


def test_a_record_survives_encoding() -> None:
    assert decode(encode(record(1))) == record(1)
    with pytest.raises(ValueError):  # noqa: PT011
        decode(b'{"trial_key": 3}')


def test_rows_are_there_before_and_after_sealing(tmp_path: Path) -> None:
    out = str(tmp_path / "study")
    writer = ResultsWriter.open(out, INFO)
    writer.append(record(0), b"a submission")
    for _ in range(2):
        results = mldevbench.load(out)
        assert [results.table(d).num_rows for d in ("trials", "attempts", "calls", "checks", "metrics", "events")] == [1] * 6
        (row,) = results.trials.to_pylist()
        assert row["cost_usd"] is None
        assert (tmp_path / "study" / row["submission"]).read_bytes() == b"a submission"
        writer.close()
    assert duckdb.sql(f"select task, outcome from '{out}/trials/*.parquet'").fetchall() == [("hello", "passed")]
    assert polars.read_parquet(f"{out}/trials/*.parquet")["outcome"].to_list() == ["passed"]


def test_chosen_rows_are_those_of_the_whole_table(tmp_path: Path) -> None:
    """From two parts and the journal; a part has several groups of rows."""
    import pyarrow.compute as pc

    out = str(tmp_path / "study")
    writer = ResultsWriter.open(out, INFO)
    for seed in range(3):
        kinds = ["note", "door"] * 10_000 if seed == 0 else ["note", "door"]
        events = tuple(Event(i, 0.1, kind, {"seed": seed}) for i, kind in enumerate(kinds))
        writer.append(replace(record(seed), events=events))
        if seed < 2:
            writer.seal()
    doors = pc.field("kind") == "door"
    results = mldevbench.load(out)
    assert results.table("events", doors).num_rows == 10_002
    assert results.table("events", doors) == results.events.filter(doors)
    writer.close()


def test_what_is_delivered_twice_is_there_once(tmp_path: Path) -> None:
    writer = ResultsWriter.open(str(tmp_path), INFO)
    writer.append_many([(record(0, 1, Outcome.INFRA_ERROR), None), (record(0, 1, Outcome.INFRA_ERROR), None)])
    writer.append(record(0, 2))
    writer.append(record(0, 3))
    writer.close()
    results = mldevbench.load(str(tmp_path))
    assert results.trials.num_rows == 1
    assert sorted(results.attempts.column("attempt").to_pylist()) == [1, 2]
    again = ResultsWriter.open(str(tmp_path), INFO)
    assert again.finished == {record(0).trial_key: Outcome.PASSED}
    assert again.attempts_of(record(0).trial_key) == 2


def test_a_second_writer_is_kept_out(tmp_path: Path) -> None:
    first = ResultsWriter.open(str(tmp_path), INFO)
    with pytest.raises(UserError, match="being written by process"):
        ResultsWriter.open(str(tmp_path), INFO)
    first.close()
    ResultsWriter.open(str(tmp_path), INFO).close()


@pytest.mark.parametrize("other", [SweepInfo("another", "mini", {}), SweepInfo("study", "full", {})])
def test_another_sweep_is_refused(tmp_path: Path, other: SweepInfo) -> None:
    ResultsWriter.open(str(tmp_path), INFO).close()
    before = (tmp_path / "sweep.json").read_bytes()
    with pytest.raises(UserError, match="holds a sweep of"):
        ResultsWriter.open(str(tmp_path), other)
    assert (tmp_path / "sweep.json").read_bytes() == before


def test_a_folder_without_a_sweep_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no sweep"):
        mldevbench.load(str(tmp_path))


def test_an_address_of_pyarrow_is_a_place_too(tmp_path: Path) -> None:
    writer = ResultsWriter.open(f"file://{tmp_path}/study", INFO)
    writer.append(record(0))
    writer.close()
    assert mldevbench.load(f"file://{tmp_path}/study").trials.num_rows == 1


WRITE = """
import sys
sys.path.insert(0, {root!r})
from tests.results.test_results import INFO, record
from mldevbench.results import ResultsWriter
import mldevbench.results.writer as module
module.SEAL_BYTES = 40_000   # seal often, so that kills fall into it
writer = ResultsWriter.open({out!r}, INFO)
for seed in range(100_000):
    item = record(seed)
    if item.trial_key not in writer.finished:
        writer.append(item, b"x")
        print(item.trial_key, flush=True)
"""


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Six writers in turn, each killed at a random moment of appending and sealing."""
    root = str(Path(__file__).resolve().parents[2])
    program = WRITE.format(root=root, out=str(tmp_path))
    acknowledged: list[str] = []
    pauses = random.Random(5)
    for _ in range(6):
        writer = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        acknowledged.append(writer.stdout.readline().strip())
        time.sleep(pauses.uniform(0.0, 0.3))
        writer.send_signal(signal.SIGKILL)
        acknowledged += writer.stdout.read().split("\n")[:-1]
        writer.wait()
        keys = mldevbench.load(str(tmp_path)).trials.column("trial_key").to_pylist()
        assert len(keys) == len(set(keys))
        assert set(acknowledged) <= set(keys)
    ResultsWriter.open(str(tmp_path), INFO).close()
    for dataset in ("trials", "attempts", "checks"):
        keys = duckdb.sql(f"select trial_key from '{tmp_path}/{dataset}/*.parquet'").fetchall()
        assert len(keys) == len(set(keys))
        assert set(acknowledged) <= {k for (k,) in keys}


def test_readers_beside_a_writer_see_whole_rows_once(tmp_path: Path) -> None:
    writer = ResultsWriter.open(str(tmp_path), INFO)
    stop = threading.Event()

    def write() -> None:
        for seed in range(300):
            writer.append(record(seed))
            if seed % 20 == 0:
                writer.seal()
        stop.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen = 0
    while not stop.is_set():
        keys = mldevbench.load(str(tmp_path)).trials.column("trial_key").to_pylist()
        assert len(keys) == len(set(keys)) >= seen
        seen = len(keys)
    thread.join()
    assert mldevbench.load(str(tmp_path)).trials.num_rows == 300


def test_the_spool_keeps_until_acknowledged(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(record(0), b"s")
    spool.put(record(1), None)
    assert {(decode(r).trial["seed"], s) for r, s in Spool(tmp_path).pending()} == {(0, b"s"), (1, None)}
    spool.discard(record(0).trial_key, 1)
    assert [decode(r).trial["seed"] for r, _ in spool.pending()] == [1]
    spool.discard(record(1).trial_key, 1)
    assert list(tmp_path.iterdir()) == []


def test_the_page_of_the_schema_is_current() -> None:
    from mldevbench.results.schema import markdown

    page = Path(__file__).resolve().parents[2] / "docs" / "schema.md"
    assert page.read_text() == markdown(), "make it anew: python -m mldevbench.results.schema > docs/schema.md"
