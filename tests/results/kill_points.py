"""`python -m tests.results.kill_points SCENARIO FOLDER [all|N]`: kills a process at each point, and looks at what is there.

Scenarios: `write` (spool, delivery, journal, acknowledgement, seals), `compact` and `repair`. Each distinct point (or every Nth)
is tried once, by turns as a kill and as a power cut; with `all`, whenever it is passed, as both. Exits with 1 at a loss.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import mldevbench.results.mend_rows
import mldevbench.results.reading
import mldevbench.results.rows  # noqa: F401  (children of a fork find all of it imported)
from mldevbench.results.codec import decode
from mldevbench.results.compact import compact
from mldevbench.results.journal import DATASETS
from mldevbench.results.reading import Results
from mldevbench.results.repair import repair
from mldevbench.results.spool import Spool
from mldevbench.results.storage import Storage
from mldevbench.results.verify import verify
from mldevbench.results.writer import ResultsWriter
from tests.results.crash import EVER, Points, in_child, tell
from tests.results.test_results import INFO, record

TRIALS = 4
SUBMISSION = b"a submission of some length"


def write(root: Path, points: Points) -> None:
    """What nodes and driver do: what the spool still holds is taken over, then the trials that are missing are run."""
    (root / "spool").mkdir(exist_ok=True, parents=True)
    spool, writer = Spool(root / "spool"), ResultsWriter.open(str(root / "out"), INFO)

    def deliver(item: object, submission: bytes | None) -> None:
        points.reach("before", root / "delivery")
        writer.append(item, submission)  # type: ignore[arg-type]
        tell(item.trial_key)  # type: ignore[attr-defined]
        points.reach("after", root / "acknowledgement")
        spool.discard(item.trial_key, item.attempt)  # type: ignore[attr-defined]

    for encoded, submission in spool.pending():
        deliver(decode(encoded), submission)
    for seed in range(TRIALS):
        if record(seed).trial_key not in writer.finished:
            spool.put(record(seed), SUBMISSION)
            deliver(record(seed), SUBMISSION)
        if seed == 1:
            writer.seal()
    writer.close()


def some_parts(root: Path) -> None:
    """Three lives of a writer, with two parts each, and regrades."""
    out = str(root / "out")
    for life in range(2):
        writer = ResultsWriter.open(out, INFO)
        for seed in range(2):
            writer.append(record(2 * life + seed), SUBMISSION)
            writer.seal()
        writer.close()
        row = {"trial_key": record(life).trial_key, "attempt": 1, "outcome": "passed"}
        Results(Storage.at(out)).add_regrades([row])


def damaged(root: Path) -> None:
    """A torn entry, flipped bits in several parts, a doubled trial, a lost submission, half a file."""
    some_parts(root)
    out = root / "out"
    first, second, third, *_ = sorted((out / "trials").iterdir())
    flip(first)
    flip(out / "attempts" / second.name)
    flip(out / "events" / third.name)
    for dataset in DATASETS:
        copy = third.name.replace("part-00", "part-10").replace("-00", "-10")
        shutil.copy(out / dataset / third.name, out / dataset / copy)
    next((out / "submissions").iterdir()).unlink()
    (out / ".tmp-sweep.json").write_text("{")
    writer = ResultsWriter.open(str(out), INFO)
    writer.append_many([(record(seed), None) for seed in range(TRIALS, TRIALS + 3)])
    writer.release()
    (entry,) = (out / "journal").iterdir()
    entry.write_bytes(entry.read_bytes()[:-9])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


SCENARIOS: dict[str, tuple[Callable[[Path], None], Callable[[Path, Points], object], bool]] = {
    "write": (lambda root: None, write, False),
    "compact": (some_parts, lambda root, points: compact(Storage.at(str(root / "out"))), True),
    "repair": (damaged, lambda root, points: repair(Storage.at(str(root / "out"))), False),
}


def rows(root: Path) -> set[str]:
    """The keys of the trials that a reader sees. Every dataset has every row once."""
    results = Results(Storage.at(str(root / "out")))
    for dataset in DATASETS:
        found = Counter(results.table(dataset)["trial_key"].to_pylist())
        assert not found or max(found.values()) == 1, f"{dataset} has a row twice"
    assert len(set(results.regrades["trial_key"].to_pylist())) == results.regrades.num_rows
    return set(results.trials["trial_key"].to_pylist())


def at_point(scenario: str, root: Path, at: int, power_cut: bool) -> list[str]:
    """One kill and what comes after it. Returns the names of the points that were passed; fails when anything is lost."""
    _, work, there = SCENARIOS[scenario]
    shutil.copytree(root.parent / "prepared", root)
    before = rows(root) if there else set()
    names = root / "names"

    def run() -> None:
        points = Points(root, at, power_cut)
        points.watch()
        work(root, points)
        names.write_text("\n".join(points.names))

    killed, told = in_child(run)
    if at < EVER:
        assert killed, f"point {at} was not reached"
    acknowledged = before | set(told.split())
    if acknowledged:
        assert acknowledged <= rows(root), f"lost before recovery: {acknowledged - rows(root)}"
    passed = [] if killed else names.read_text().split("\n")
    _, again = in_child(lambda: work(root, Points(root)))
    found = rows(root)
    assert acknowledged | set(again.split()) <= found, "lost after recovery"
    if scenario != "repair":
        assert found == {record(seed).trial_key for seed in range(TRIALS)}
    assert not (root / "spool").exists() or not list((root / "spool").glob("[!.]*.trial"))
    storage = Storage.at(str(root / "out"))
    if not verify(storage).sound:
        in_child(lambda: repair(storage))
    assert verify(storage).sound, verify(storage).findings
    assert rows(root) == found
    return passed


def main(scenario: str, folder: str, which: str) -> None:
    root = Path(folder)
    (root / "prepared").mkdir(parents=True)
    in_child(lambda: SCENARIOS[scenario][0](root / "prepared"))
    names = at_point(scenario, root / "whole", EVER, power_cut=False)
    every = which == "all"
    chosen = list(range(len(names))) if every else [names.index(name) for name in dict.fromkeys(names)][:: int(which)]
    tries = 0
    for turn, at in enumerate(chosen):
        for power_cut in (False, True) if every else (bool(turn % 2),):
            tries += 1
            place = root / f"{at}-{power_cut}"
            try:
                at_point(scenario, place, at, power_cut)
            except BaseException:
                print(f"FAILED at point {at}, {names[at]}" + (", as a power cut" if power_cut else ""), flush=True)
                raise
            shutil.rmtree(place)
    print("\n".join(dict.fromkeys(names)))
    print(f"{scenario}: {len(names)} points of {len(set(names))} kinds; {tries} kills and power cuts; lost 0, doubled 0")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3] if sys.argv[3:] else "1")
