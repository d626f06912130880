"""Compares the unpacked dataset, the labels and the counts with the archive itself."""

import csv
import io
import tarfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import PurePosixPath

from mldevbench.grading import Grading

DATASET = "dataset/imagenette2-160"
LABELS = "noisy_labels_50"
SPLITS = {"train": "False", "validation": "True"}
"""Our word for a split -> its `is_valid`."""
MIB = 2**20


def grade(g: Grading) -> None:
    archive = f"/files/{g.values['archive']}"
    g.check("the archive was requested", archive in g.requests, f"{archive} was not requested from the server")
    with g.guard("dataset_info.json names the dataset"):
        info = g.files.read_json("dataset_info.json")
        path = info.get("dataset_path") if isinstance(info, dict) else None
        right = isinstance(path, str) and PurePosixPath(path) == PurePosixPath(DATASET)
        g.check("dataset_info.json names the dataset", right, f"dataset_path is {path!r}")
    with g.guard("the images are those of the archive"):
        check_images(g)
    truth = list(truth_rows(g))
    labels = {row["path"]: row[LABELS] for row in truth}
    with g.guard("all_noisy_labels_50.csv is right"):
        found = read_pairs(g, "all_noisy_labels_50.csv", ("path", "label"))
        check_pairs(g, "all_noisy_labels_50.csv is right", found, labels)
        g.metric("labels_right", sum(labels.get(path) == label for path, label in dict(found).items()) / len(labels), "fraction")
    for split, is_valid in SPLITS.items():
        name = f"{split}_class_counts.csv"
        counts = Counter(row[LABELS] for row in truth if row["is_valid"] == is_valid)
        with g.guard(f"{name} is right"):
            found = read_pairs(g, name, ("class", "count"))
            check_pairs(g, f"{name} is right", found, {wnid: str(count) for wnid, count in counts.items()})


def members(g: Grading) -> Iterator[tuple[str, bytes]]:
    """Path below `imagenette2-160/` and content of every regular file of the archive."""
    with tarfile.open(g.asset("imagenette2_160") / str(g.values["archive"]), "r|gz") as archive:
        for member in archive:
            data = archive.extractfile(member)
            if data is not None:
                with closing(data):
                    yield member.name.removeprefix("./").partition("/")[2], data.read()


def truth_rows(g: Grading) -> Iterator[dict[str, str]]:
    table = next(data for path, data in members(g) if path == "noisy_imagenette.csv")
    return csv.DictReader(io.StringIO(table.decode()))


def check_images(g: Grading) -> None:
    """Every image of the archive is there with the same bytes, and no other."""
    found = {path.removeprefix(DATASET + "/") for path in g.files.list(f"{DATASET}/**") if path.endswith(".JPEG")}
    missing, changed, wanted = Counter[str](), Counter[str](), set[str]()
    for path, data in members(g):
        if not path.endswith(".JPEG"):
            continue
        wanted.add(path)
        folder = path.rpartition("/")[0]
        if path not in found:
            missing[folder] += 1
        elif g.files.size(f"{DATASET}/{path}") != len(data) or g.files.read_bytes(f"{DATASET}/{path}", len(data)) != data:
            changed[folder] += 1
    more = Counter(path.rpartition("/")[0] for path in found - wanted)
    g.metric("images", len(found), "count")
    for verdict, count in (("missing", missing), ("changed", changed), ("in excess", more)):
        g.check(f"no image is {verdict}", not count, ", ".join(f"{n} in {where}" for where, n in sorted(count.items())[:20]))


def read_pairs(g: Grading, name: str, header: tuple[str, str]) -> list[tuple[str, str]]:
    rows = g.files.read_csv(name, max_bytes=8 * MIB, max_rows=100_000)
    columns = tuple(rows[0]) if rows else ()
    if not g.check(f"{name} has the columns {','.join(header)}", columns == header, f"it has {','.join(columns)}"):
        return []
    return [(row[header[0]], row[header[1]]) for row in rows]


def check_pairs(g: Grading, name: str, found: Sequence[tuple[str, str]], truth: dict[str, str]) -> None:
    """The same rows as in `truth`, each once, in any order."""
    twice = len(found) - len({key for key, _ in found})
    told = dict(found)
    missing = sum(key not in told for key in truth)
    wrong = sum(truth.get(key) != value for key, value in told.items())
    detail = f"{len(found)} rows for {len(truth)}: {missing} missing, {twice} repeated, {wrong} wrong or unknown"
    g.check(name, not (twice or missing or wrong), detail)
