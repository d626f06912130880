"""What `mldevbench results` finds, mends and merges."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import mldevbench
from mldevbench.commands.results import main
from mldevbench.outcome import Outcome, UserError
from mldevbench.results import ResultsWriter
from mldevbench.results.compact import compact
from mldevbench.results.journal import DATASETS
from mldevbench.results.repair import repair
from mldevbench.results.storage import Storage
from mldevbench.results.verify import verify
from tests.results.kill_points import flip, some_parts
from tests.results.s3_server import object_store
from tests.results.test_results import INFO, record


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Four trials in four parts, with submissions, and two parts of regrades."""
    some_parts(tmp_path)
    return tmp_path / "out"


def first(folder: Path) -> Path:
    return min(folder.iterdir())


def torn_entry(out: Path) -> None:
    writer = ResultsWriter.open(str(out), INFO)
    writer.append_many([(record(10), None), (record(11), None)])
    writer.release()
    entry = first(out / "journal")
    entry.write_bytes(entry.read_bytes()[:-20])


def twice(out: Path) -> None:
    name = first(out / "trials").name
    for dataset in DATASETS:
        (out / dataset / name.replace("-00", "-10")).write_bytes((out / dataset / name).read_bytes())


def another_key(out: Path) -> None:
    writer = ResultsWriter.open(str(out), INFO)
    writer.append(replace(record(20), trial_key="0" * 24))
    writer.close()


DAMAGE: dict[str, tuple[Callable[[Path], object], str, int]] = {
    "torn sweep.json": (lambda out: (out / "sweep.json").write_bytes((out / "sweep.json").read_bytes()[:90]), "sweep.json", 4),
    "no sweep.json": (lambda out: (out / "sweep.json").unlink(), "sweep.json", 4),
    "torn entry": (torn_entry, "journal/", 5),
    "flipped trials": (lambda out: flip(first(out / "trials")), "trials/part", 4),
    "flipped attempts": (lambda out: flip(first(out / "attempts")), "attempts/part", 4),
    "missing checks": (lambda out: first(out / "checks").unlink(), "checks/part", 4),
    "half a part": (lambda out: first(out / "calls").write_bytes(b"PAR1half"), "calls/part", 4),
    "both heads": (lambda out: (flip(first(out / "attempts")), flip(first(out / "trials"))), "trials/part", 3),
    "a trial twice": (twice, "has a row already", 4),
    "another key": (another_key, "the key is not that of the trial", 4),
    "no submission": (lambda out: first(out / "submissions").unlink(), "submissions/", 4),
    "flipped submission": (lambda out: flip(first(out / "submissions")), "not the one that was recorded", 4),
    "unnamed submission": (lambda out: (out / "submissions" / "x-1.tar.gz").write_bytes(b""), "no row names it", 4),
    "flipped regrades": (lambda out: flip(first(out / "regrades")), "regrades/", 4),
    "half a file": (lambda out: (out / "trials" / ".tmp-part").write_bytes(b""), "half a file", 4),
    "a stranger": (lambda out: (out / "trials" / "mine.parquet").write_bytes(b""), "mine.parquet", 4),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_mended(name: str, out: Path) -> None:
    damage, words, trials = DAMAGE[name]
    storage = Storage.at(str(out))
    assert verify(storage).sound
    damage(out)
    found = verify(storage)
    assert not found.sound
    assert any(words in f"{f.file}: {f.problem}" for f in found.findings), found.findings
    done = repair(storage)
    assert done.lines
    assert verify(storage).findings == []
    assert mldevbench.load(str(out)).trials.num_rows == trials
    assert mldevbench.load(str(out)).sweep["name"] == "study"
    again = ResultsWriter.open(str(out), INFO)
    assert len(again.finished) == trials
    again.close()


def test_a_flipped_bit_is_found_wherever_it_is(out: Path) -> None:
    """In any file but sweep.json, which people may edit: readers say what is damaged, and nothing is a traceback."""
    writer = ResultsWriter.open(str(out), INFO)
    writer.append(record(9), b"s")
    writer.release()
    dice = random.Random(3)
    storage = Storage.at(str(out))
    files = [p for p in sorted(out.rglob("*")) if p.is_file() and p.name not in ("sweep.json", ".lock")]
    for path in files:
        whole = path.read_bytes()
        torn = bytearray(whole)
        torn[dice.randrange(len(torn))] ^= 1 << dice.randrange(8)
        path.write_bytes(torn)
        assert not verify(storage).sound, path
        path.write_bytes(whole)
    assert verify(storage).sound


@pytest.mark.parametrize("name", ["torn sweep.json", "torn entry", "half a part"])
def test_readers_and_writers_name_the_damaged_file_and_the_mend(name: str, out: Path) -> None:
    DAMAGE[name][0](out)
    with pytest.raises(UserError, match=r"is damaged .* `mldevbench results repair`"):
        mldevbench.load(str(out)).calls  # noqa: B018
    if name != "half a part":  # which a writer does not read
        with pytest.raises(UserError, match=r"is damaged .* `mldevbench results repair`"):
            ResultsWriter.open(str(out), INFO)


def test_a_running_writer_is_seen_and_let_be(out: Path) -> None:
    writer = ResultsWriter.open(str(out), INFO)
    writer.append(record(7), b"s")
    (out / "trials" / ".tmp-under-way").touch()
    run = CliRunner().invoke(main, ["verify", str(out)])
    assert run.exit_code == 0, run.output
    assert "is writing here" in run.output
    for command in ("repair", "compact"):
        assert CliRunner().invoke(main, [command, str(out)]).exit_code == 2
    writer.close()


def test_the_command_tells_and_mends(out: Path) -> None:
    flip(first(out / "events"))
    run = CliRunner().invoke(main, ["verify", str(out), "--json"])
    told = json.loads(run.output)
    assert (run.exit_code, told["sound"], told["trials"]) == (1, False, 4)
    assert told["findings"][0]["file"].startswith("events/part-")
    assert "its rows are lost; the trials stay" in CliRunner().invoke(main, ["repair", str(out)]).output
    assert re.search(r"6 parts before, 2 after", CliRunner().invoke(main, ["compact", str(out)]).output)
    assert CliRunner().invoke(main, ["verify", str(out)]).output.endswith("sound\n")
    assert list((out / "damaged").rglob("*.parquet"))


def test_readers_beside_a_compaction_see_every_row_once(tmp_path: Path) -> None:
    out = str(tmp_path)
    for life in range(5):
        writer = ResultsWriter.open(out, INFO)
        for seed in range(4):
            writer.append(record(life * 4 + seed, 1, Outcome.FAILED))
            writer.seal()
        writer.close()
    stop = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while not stop.is_set():
            results = mldevbench.load(out)
            for dataset in reversed(DATASETS):
                keys = results.table(dataset)["trial_key"].to_pylist()
                seen.append(len(keys) if len(keys) == len(set(keys)) else -1)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        assert compact(Storage.at(out)) == (20, 1)
    finally:
        stop.set()
        thread.join()
    assert set(seen) == {20}
    writer = ResultsWriter.open(out, INFO)
    assert len(writer.finished) == 20
    writer.append(record(99))
    writer.close()
    assert compact(Storage.at(out)) == (2, 1)
    assert verify(Storage.at(out)).findings == []


def test_an_object_store_is_checked_mended_and_compacted_too() -> None:
    with object_store() as place:
        storage = Storage.at(place)
        for seed in range(3):
            writer = ResultsWriter.open(place, INFO)
            writer.append(record(seed), b"s")
            writer.close()
        storage.put("trials/" + storage.names("trials")[0], b"torn")
        assert [f.file.split("/")[0] for f in verify(storage).findings] == ["trials"]
        repair(storage)
        assert compact(storage) == (3, 1)
        assert verify(storage).findings == []
        assert mldevbench.load(place).trials.num_rows == 3
