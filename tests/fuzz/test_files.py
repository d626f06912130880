"""Whatever an agent leaves in its workspace: a reader's value or a SubmissionError, and nothing that outlives its trial."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mldevbench.grading import Files, SubmissionError, npy
from mldevbench.grading import files as files_module
from mldevbench.grading.collect import collect, pack, unpack
from mldevbench.removal import remove_tree
from mldevbench.sandbox.processes import folder_bytes
from tests.fuzz.support import damaged, documents, fuzz, ordinary_user
from tests.fuzz.test_protocol import ARRAYS, arrays_as_files, peak_of, same

BOUND = 2**15
NAMES = st.one_of(
    st.sampled_from(
        [b"a", b"b", b"sub", b"model.pt", b"\xff\xfe", b"line\nbreak", b"\x1b[2J", b"*", b"-rf", b" ", b"x" * 250, b"..."]
    ),
    st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=5).map(os.fsencode),
).filter(lambda name: name not in (b".", b".."))


@contextmanager
def place() -> Iterator[Path]:
    """A new folder that belongs to an ordinary user, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        if os.geteuid() == 0:
            os.chown(folder, 65534, 65534)
        yield folder
    finally:
        remove_tree(folder)
        assert not folder.exists()


def reading(method: str, data: bytes, **bounds: Any) -> Any:
    """What a reader makes of a file with this content."""
    with place() as folder:
        (folder / "file").write_bytes(data)
        return getattr(Files(folder), method)("file", **bounds)


@given(
    documents(["accuracy", "loss"]).map(str.encode) | damaged(documents(["accuracy"]).map(str.encode)) | st.binary(max_size=60)
)
@example(b'"\\ud800"')
@example(b'{"\\udfff": 1}')
@example(b'{"a": 1, "a": 2}')
@example(b"\xef\xbb\xbf{}")
@fuzz(200)
def test_json_is_what_the_standard_says_or_refused(data: bytes) -> None:
    try:
        value = reading("read_json", data, max_bytes=BOUND)
    except SubmissionError as error:
        said = str(error)
    else:
        assert value == json.loads(data)
        assert json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        assert depth(value) <= 33
        return
    assert said.startswith("file")
    assert said.isprintable()


def depth(value: Any) -> int:
    if isinstance(value, list | dict):
        return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)
    return 0


CELLS = st.text(st.sampled_from("ab,;\"\n\r\0\ufeffé '1"), max_size=6) | st.sampled_from(["=cmd()", "\u2028"])
TABLES = st.lists(st.lists(CELLS, max_size=4).map(",".join), max_size=6).map("\n".join)


@st.composite
def written_tables(draw: st.DrawFn) -> str:
    width = draw(st.integers(1, 4))
    out = io.StringIO()
    csv.writer(out).writerows(draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=5)))
    return out.getvalue()


@given(damaged((TABLES | written_tables()).map(str.encode)) | st.binary(max_size=60))
@example(b"a,b\n1," + b"x" * 140_000)
@fuzz(200)
def test_tables_have_the_headers_columns_or_are_refused(data: bytes) -> None:
    try:
        rows = reading("read_csv", data, max_bytes=2**19, max_rows=4)
    except SubmissionError:
        return
    assert len(rows) <= 4
    assert len({tuple(row) for row in rows}) <= 1
    assert all(isinstance(value, str) for row in rows for value in row.values())


def test_what_a_table_takes_in_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "_MOST_FIELDS", 20_000)
    for width in (1, 30, 1000):
        header = ",".join(f"c{i}" for i in range(width))
        data = (header + f"\n{',' * (width - 1)}1" * (60_000 // width)).encode()
        with pytest.raises(SubmissionError, match="20000 fields"):
            reading("read_csv", data)
        assert peak_of(lambda data=data: refused(data)) < 8 * len(data) + 20_000 * 300


def refused(data: bytes) -> None:
    with pytest.raises(SubmissionError):
        reading("read_csv", data)


@given(damaged(ARRAYS.map(npy.dumps)) | arrays_as_files())
@fuzz(150)
def test_arrays_are_read_as_numpy_does_or_refused(data: bytes) -> None:
    try:
        array = reading("read_npy", data)
    except SubmissionError:
        return
    assert same(np.load(io.BytesIO(data), allow_pickle=False), array)


@given(st.binary(max_size=100), st.integers(0, 60))
@fuzz(100)
def test_no_more_is_read_than_was_asked_for(data: bytes, most: int) -> None:
    for method in ("read_bytes", "read_text"):
        try:
            value = reading(method, data, max_bytes=most)
        except SubmissionError:
            continue
        assert len(value) <= most


PARTS = st.sampled_from(["..", ".", "", "/", "inside", "link", "secret", "sub", "\0", "\ud800", "\udcff", "~", "x" * 300])


@given(st.lists(PARTS, max_size=6).map("/".join) | st.text(st.characters(exclude_categories=()), max_size=10))
@example("../secret")
@example("link/secret")
@fuzz(150)
def test_no_name_leads_out_of_the_workspace(name: str) -> None:
    with place() as folder:
        (folder / "secret").write_text("secret")
        inside = folder / "inside"
        (inside / "sub").mkdir(parents=True)
        (inside / "link").symlink_to(folder)
        files = Files(inside)
        assert not files.exists(name)
        for method in (files.read_bytes, files.read_text, files.read_json, files.size):
            with pytest.raises(SubmissionError) as caught:
                method(name)
            assert str(caught.value).isprintable()
        assert files.list(name.replace("\0", "") or "**") == []


KINDS = [
    "file",
    "file",
    "file",
    "folder",
    "folder",
    "link",
    "FIFO",
    "closed file",
    "closed folder",
    "blind folder",
    "locked folder",
]
TREES = st.lists(st.tuples(st.lists(NAMES, min_size=1, max_size=4), st.sampled_from(KINDS), st.binary(max_size=20)), max_size=8)
MODES = {"closed file": 0o000, "closed folder": 0o000, "blind folder": 0o444, "locked folder": 0o555}
Tree = list[tuple[list[bytes], str, bytes]]


def grow(root: Path, tree: Tree) -> None:
    """Files, folders and worse below a folder; those that do not fit are left out, and what is to be closed is closed last."""
    for names, kind, data in tree:
        path = os.path.join(os.fsencode(root), *names)  # noqa: PTH118
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
            if "file" in kind:
                with Path(os.fsdecode(path)).open("xb") as file:
                    file.write(data)
            elif kind == "link":
                Path(os.fsdecode(path)).symlink_to(os.fsdecode(data.replace(b"\0", b"") or b"/etc/passwd"))
            elif kind == "FIFO":
                os.mkfifo(path)
            else:
                Path(os.fsdecode(path)).mkdir()
        except OSError:
            continue
    for names, kind, _ in reversed(tree):
        path = Path(os.fsdecode(os.path.join(os.fsencode(root), *names)))  # noqa: PTH118
        try:
            if kind in MODES and not path.is_symlink():
                path.chmod(MODES[kind])
        except OSError:
            continue


LONG = [([b"x" * 250] * 4, "file", b"")]


@given(TREES, st.lists(st.sampled_from(["**", "*", "sub", "a/*", "**/*.pt", "b/**/a", "?"]), min_size=1, max_size=2))
@example([([b"sub", b"a"], "file", b"x"), ([b"sub"], "blind folder", b"")], ["sub"])
@example([([b"sub", b"a"], "file", b"x"), ([b"sub"], "closed folder", b"")], ["sub"])
@example(LONG, ["**"])
@fuzz(120)
def test_any_workspace_is_collected_packed_and_laid_out_again(tree: Tree, outputs: list[str]) -> None:
    with place() as folder, ordinary_user():
        workspace, pristine, taken, again = (folder / name for name in ("workspace", "pristine", "taken", "again"))
        workspace.mkdir()
        (pristine / "sub").mkdir(parents=True)
        (pristine / "sub" / "b").write_text("the task's")
        (pristine / "a").write_text("the task's")
        grow(workspace, tree)
        checks = collect(workspace, pristine, outputs, taken, max_bytes=100, max_files=5)
        assert all(not check.passed and check.detail.isprintable() for check in checks)
        assert all(stat.S_ISREG(path.lstat().st_mode) or path.is_dir() for path in taken.rglob("*"))
        packed = pack(taken, outputs, max_bytes=2**20)
        assert packed is not None
        unpack(packed, pristine, outputs, again)
        assert contents(again) == contents(taken)
        shutil.copytree(taken, folder / ("taken" + "-" * 240), symlinks=True)  # as for a probe
        try:
            assert all(not name.startswith("/") for name in Files(workspace).list())
        except SubmissionError:
            pass


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_name_that_leaves_no_room_for_copies_is_refused() -> None:
    with place() as folder:
        grow(folder / "workspace", LONG)
        (check,) = collect(folder / "workspace", folder / "none", ["**"], folder / "taken", max_bytes=9, max_files=9)
        assert "a name of 1000 bytes" in check.detail


def test_what_packing_takes_in_memory_is_bounded() -> None:
    with place() as folder:
        (folder / "model.pt").write_bytes(os.urandom(12 * 2**20))
        assert peak_of(lambda: pack(folder, ["**"], max_bytes=2**20)) < 4 * 2**20
        assert pack(folder, ["**"], max_bytes=2**20) is None
        assert pack(folder, ["**"], max_bytes=16 * 2**20) is not None


@given(TREES)
@fuzz(80)
def test_any_folder_can_be_removed_by_its_owner(tree: Tree) -> None:
    with place() as folder:
        with ordinary_user():
            (folder / "kept").write_text("kept")
            (folder / "filled").mkdir()
            (folder / "filled" / "out").symlink_to(folder)
            grow(folder / "filled", tree)
            remove_tree(folder / "filled")
        assert [path.name for path in folder.iterdir()] == ["kept"]


@pytest.mark.parametrize("levels", [100, 2500])
def test_a_folder_that_is_nested_deeper_than_paths_go(levels: int) -> None:
    with place() as folder:
        here = os.open(folder, os.O_RDONLY)
        for _ in range(levels):
            os.mkdir("a", dir_fd=here)  # noqa: PTH102
            here, above = os.open("a", os.O_RDONLY, dir_fd=here), here
            os.close(above)
        fd = os.open("big", os.O_WRONLY | os.O_CREAT, dir_fd=here)
        os.write(fd, bytes(2**20))
        for number in (fd, here):
            os.close(number)
        assert folder_bytes(folder) >= 2**20, "what is that deep cannot be counted, and is too much"
        with pytest.raises(SubmissionError, match="levels of folders"):
            Files(folder).list()
        (check,) = collect(folder, folder / "none", ["**"], folder.with_name(f"{folder.name}-taken"), max_bytes=9, max_files=9)
        remove_tree(folder.with_name(f"{folder.name}-taken"))
        assert not check.passed


def test_numbers_of_json_are_finite() -> None:
    for text in ("1e999", "-1e999", "NaN", "Infinity"):
        with pytest.raises(SubmissionError):
            reading("read_json", text.encode())
    assert math.copysign(1, reading("read_json", b"-0.0")) == -1
