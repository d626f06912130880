"""A real file system that is full: a small tmpfs, mounted where only this process sees it.

`python -m tests.results.small_disk PLACE FOLDER`: PLACE is what cannot be written: journal, part, submission or spool.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import mldevbench
from mldevbench.results import ResultsWriter
from mldevbench.results.codec import decode
from mldevbench.results.spool import Spool
from mldevbench.results.storage import Storage
from mldevbench.results.verify import verify
from tests.results.test_results import INFO, record

SIZE = 2**21
LARGE = bytes(range(256)) * 1024


def unshare() -> list[str] | None:
    """The command before one that may mount; None where none is allowed."""
    for flags in ("-m", "-rm"):
        if (
            subprocess.run(
                ["unshare", flags, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
            ).returncode
            == 0
        ):
            return ["unshare", flags]
    return None


def mount(place: Path) -> None:
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(place)], check=True)


@contextmanager
def full(place: Path, left: int = 0) -> Iterator[None]:
    """No space, or so many bytes of it, while the block runs."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    with ballast.open("r+b") as file:
        file.truncate(max(0, ballast.stat().st_size - left))
    try:
        yield
    finally:
        ballast.unlink()


def refused(disk: Path, writer: ResultsWriter, submission: bytes | None, left: int) -> None:
    """What cannot be written is not acknowledged, leaves nothing, and is written when there is room."""
    with full(disk, left):
        try:
            writer.append(record(1), submission)
        except OSError as error:
            print(error.strerror)
        else:
            raise AssertionError("there was room")
        assert record(1).trial_key not in writer.finished
        assert not list(disk.rglob(".tmp-*"))
        assert mldevbench.load(str(disk / "out")).trials.num_rows == 1
    writer.append(record(1), submission)


def try_place(what: str, disk: Path) -> None:
    if what == "spool":
        (disk / "spool").mkdir()
        spool = Spool(disk / "spool")
        with full(disk):
            try:
                spool.put(record(0), b"s")
            except OSError as error:
                print(error.strerror)
        assert list((disk / "spool").iterdir()) == []
        spool.put(record(0), b"s")
        assert [(decode(r), s) for r, s in spool.pending()] == [(record(0), b"s")]
        return
    writer = ResultsWriter.open(str(disk / "out"), INFO)
    writer.append(record(0), b"s")
    if what == "journal":
        refused(disk, writer, None, 0)
    elif what == "submission":
        refused(disk, writer, LARGE, len(LARGE) // 2)
    else:
        with full(disk):
            writer.close()
            found = mldevbench.load(str(disk / "out"))
            print(f"{found.unsealed} record(s) stay in the journal")
            assert found.trials.num_rows == found.unsealed == 1
            assert not list(disk.rglob("*.parquet"))
        writer = ResultsWriter.open(str(disk / "out"), INFO)
        writer.append(record(1))
    writer.close()
    found = mldevbench.load(str(disk / "out"))
    assert (found.trials.num_rows, found.unsealed) == (2, 0)
    assert verify(Storage.at(str(disk / "out"))).sound


if __name__ == "__main__":
    mount(Path(sys.argv[2]))
    try_place(sys.argv[1], Path(sys.argv[2]))
