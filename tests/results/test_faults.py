"""A disk or an object store that fails at any operation: what was acknowledged stays, once; the rest can be sent again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

import mldevbench
from mldevbench.outcome import UserError
from mldevbench.results import Results, ResultsWriter, SweepInfo
from mldevbench.results.journal import DATASETS
from mldevbench.results.schema import SCHEMA_VERSION
from mldevbench.results.storage import Storage
from tests.results.s3_server import object_store
from tests.results.test_results import INFO, record


@dataclass(frozen=True)
class Failing(Storage):
    """Fails from the operation on that uses up the budget."""

    budget: list[int]

    def _spend(self) -> None:
        self.budget[0] -= 1
        if self.budget[0] < 0:
            raise OSError("no space left")

    def put(self, name: str, data: bytes) -> None:
        self._spend()
        super().put(name, data)

    @contextmanager
    def written(self, name: str) -> Iterator[Path]:
        self._spend()
        with super().written(name) as path:
            yield path

    def delete(self, name: str) -> None:
        self._spend()
        super().delete(name)


@pytest.fixture(params=["disk", "object store"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """A fresh place."""
    if request.param == "disk":
        yield Storage.at(str(tmp_path))
    else:
        with object_store() as place:
            yield Storage.at(place)


def failing(storage: Storage, budget: int) -> tuple[Failing, ResultsWriter]:
    """A writer in a folder of a sweep whose storage fails after so many operations."""
    ResultsWriter.on(storage, INFO).release()
    bad = Failing(storage.filesystem, storage.base, storage.local, [budget])
    return bad, ResultsWriter(bad, INFO.name, None)


def keys(storage: Storage, dataset: str) -> list[str]:
    found = Results(storage).table(dataset).column("trial_key").to_pylist()
    assert len(found) == len(set(found)), f"a row of {dataset} is there twice"
    return found


def test_a_writer_that_dies_at_any_operation_loses_and_doubles_nothing(storage: Storage) -> None:
    """Every operation of appending and sealing fails once: between two datasets, before the last one, between deletions."""
    acknowledged: set[str] = set()
    seeds = iter(range(1000))
    for budget in range(25):
        _, writer = failing(storage, budget)
        with suppress(OSError):
            while True:
                for _ in range(3):
                    item = record(next(seeds))
                    writer.append(item, b"submission")
                    acknowledged.add(item.trial_key)
                writer.seal()
        assert acknowledged <= set(keys(storage, "trials"))
    ResultsWriter.on(storage, INFO).close()
    for dataset in DATASETS:
        assert acknowledged <= set(keys(storage, dataset))
        listed = [p for p in storage.names(dataset) if p.startswith("part-")]
        assert listed == [p for p in storage.names("trials") if p.startswith("part-")], "a part is left over"
    assert storage.names("journal") == []


def test_what_could_not_be_written_can_be_sent_again(storage: Storage) -> None:
    bad, writer = failing(storage, 0)
    with pytest.raises(OSError, match="no space left"):
        writer.append(record(0))
    assert record(0).trial_key not in writer.finished
    bad.budget[0] = 1000
    writer.append(record(0))
    assert keys(storage, "trials") == [record(0).trial_key]


def test_a_seal_that_fails_does_not_take_back_an_acknowledgement(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mldevbench.results.writer.SEAL_BYTES", 1)  # seal at every append
    bad, writer = failing(storage, 3)
    writer.append(record(0))
    bad.budget[0] = 1000
    writer.append(record(1))
    writer.close()
    for dataset in DATASETS:
        assert len(keys(storage, dataset)) == 2
        assert len(storage.names(dataset)) == 1, "the interrupted part is left over"


def test_two_writers_on_an_object_store_overwrite_nothing_of_each_other() -> None:
    """No lock is to be had there; a driver that was given up for lost may still be writing."""
    with object_store() as place:
        first = ResultsWriter.open(place, INFO)
        first.append(record(0))
        second = ResultsWriter.open(place, INFO)
        for seed in range(1, 5):
            (first, second)[seed % 2].append(record(seed))
        second.seal()
        first.append(record(5))
        first.close()
        second.close()
        found = mldevbench.load(place).trials.column("trial_key").to_pylist()
        assert sorted(found) == sorted(record(seed).trial_key for seed in range(6))


def test_a_refused_writer_leaves_no_trace(tmp_path: Path) -> None:
    first = ResultsWriter.open(str(tmp_path / "mine"), INFO)
    before = (tmp_path / "mine" / "sweep.json").read_bytes()
    with pytest.raises(UserError, match="being written by process"):
        ResultsWriter.open(str(tmp_path / "mine"), INFO)
    assert (tmp_path / "mine" / "sweep.json").read_bytes() == before
    first.close()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    with pytest.raises(UserError, match=re.escape("'cat.jpg' but no sweep")):
        ResultsWriter.open(str(tmp_path / "photos"), INFO)
    assert [p.name for p in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


@pytest.mark.parametrize("place", ["{}/file/below", "{}/file", "nowhere://bucket/folder", "hdfs://host/folder"])
def test_a_place_that_cannot_be_written_is_a_users_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="--out"):
        ResultsWriter.open(place.format(tmp_path), INFO)


def test_results_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    ResultsWriter.open(str(tmp_path), INFO).close()
    page = tmp_path / "sweep.json"
    newer = SCHEMA_VERSION + 1
    page.write_text(page.read_text().replace(f'"schema_version": {SCHEMA_VERSION}', f'"schema_version": {newer}'))
    with pytest.raises(UserError, match=f"schema version {newer}"):
        mldevbench.load(str(tmp_path))
    with pytest.raises(UserError, match=f"schema version {newer}"):
        ResultsWriter.open(str(tmp_path), INFO)


def test_a_folder_keeps_its_id_and_every_run(tmp_path: Path) -> None:
    first = ResultsWriter.open(str(tmp_path), INFO)
    first.close()
    again = ResultsWriter.open(str(tmp_path), SweepInfo("study", "mini", {"seeds": [0, 1]}))
    again.close()
    assert again.id == first.id
    assert [run["seeds"] for run in mldevbench.load(str(tmp_path)).sweep["runs"]] == [[0], [0, 1]]
