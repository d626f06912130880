"""The safe reader and `collect`, against what an agent might leave."""

from __future__ import annotations

import io
import json
import os
import socket
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mldevbench.grading import Files, SubmissionError, safe
from mldevbench.grading.collect import collect, pack, unpack
from mldevbench.outcome import UserError

BIG = 10 * 2**30


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(BIG)


def listening(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(path.name)
    finally:
        os.chdir(here)


TRAPS: dict[str, Callable[[Path], None]] = {
    "link to a file": lambda path: path.symlink_to("/etc/passwd"),
    "link to a neighbour": lambda path: path.symlink_to("good.txt"),
    "broken link": lambda path: path.symlink_to("nowhere"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "FIFO": os.mkfifo,
    "socket": listening,
    "sparse file": sparse,
}


@pytest.fixture(params=["openat2", "by component"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one good file; read by the kernel's openat2, and as where there is none."""
    if request.param == "by component":
        monkeypatch.setattr(safe, "_openat2", lambda parent, name: None)
    folder = tmp_path / "workspace"
    (folder / "sub").mkdir(parents=True)
    (folder / "good.txt").write_text("good")
    (folder / "sub" / "more.txt").write_text("more")
    return folder


@pytest.mark.parametrize("trap", TRAPS)
def test_only_regular_files_are_read_and_taken(trap: str, workspace: Path, tmp_path: Path) -> None:
    TRAPS[trap](workspace / "bad.txt")
    files = Files(workspace)
    assert files.read_text("good.txt") == "good"
    with pytest.raises(SubmissionError, match=r"bad\.txt"):
        files.read_bytes("bad.txt", max_bytes=100)
    (check,) = collect(workspace, tmp_path / "none", ["*.txt"], tmp_path / "taken", max_bytes=2**20, max_files=10)
    assert not check.passed
    assert "bad.txt" in check.detail
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["good.txt"]


@pytest.mark.parametrize(
    "name", ["../secret.txt", "/etc/passwd", "sub/../../secret.txt", "link/secret.txt", "sub", "", ".", "a\0b", "x" * 300]
)
def test_no_name_leads_out(name: str, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (workspace / "link").symlink_to(tmp_path)
    with pytest.raises(SubmissionError):
        Files(workspace).read_bytes(name)
    assert not Files(workspace).exists(name)


def test_a_folder_that_is_a_link_is_refused(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "model.pt").write_text("not the agent's")
    (workspace / "checkpoints").symlink_to(tmp_path / "elsewhere")
    (check,) = collect(workspace, tmp_path / "none", ["checkpoints/*.pt"], tmp_path / "taken", max_bytes=2**20, max_files=10)
    assert "checkpoints" in check.detail
    assert list((tmp_path / "taken").rglob("*")) == []
    assert Files(workspace).list("checkpoints/**") == []


def test_a_hard_link_is_taken_as_a_copy(workspace: Path, tmp_path: Path) -> None:
    (workspace / "hard.txt").hardlink_to(workspace / "good.txt")
    assert collect(workspace, tmp_path / "none", ["hard.txt"], tmp_path / "taken", max_bytes=2**20, max_files=10) == []
    assert (tmp_path / "taken" / "hard.txt").stat().st_nlink == 1


def test_bounds(workspace: Path, tmp_path: Path) -> None:
    for number, bounds in enumerate([{"max_bytes": 5, "max_files": 10}, {"max_bytes": 100, "max_files": 1}]):
        checks = collect(workspace, tmp_path / "none", ["**"], tmp_path / f"taken{number}", **bounds)
        assert [check.passed for check in checks] == [False]


def test_only_outputs_are_taken_and_all_else_is_pristine(tmp_path: Path) -> None:
    pristine, workspace, taken = tmp_path / "pristine", tmp_path / "workspace", tmp_path / "taken"
    for folder, text in ((pristine, "task"), (workspace, "agent")):
        (folder / "lib").mkdir(parents=True)
        for name in ("test_it.py", "model.py", "lib/util.py"):
            (folder / name).write_text(text)
    (workspace / "conftest.py").write_text("agent")
    (pristine / "start.py").write_text("task")
    (workspace / "runs" / "a").mkdir(parents=True)
    (workspace / "runs" / "a" / "log.txt").write_text("agent")
    assert collect(workspace, pristine, ["model.py", "start.py", "runs"], taken, max_bytes=2**20, max_files=10) == []
    found = {str(p.relative_to(taken)): p.read_text() for p in taken.rglob("*") if p.is_file()}
    expected = {"test_it.py": "task", "lib/util.py": "task", "model.py": "agent", "runs/a/log.txt": "agent"}
    assert found == expected  # start.py was an output, and the agent deleted it


def test_packing_keeps_what_was_graded(workspace: Path, tmp_path: Path) -> None:
    outputs = ["*.txt", "sub"]
    for number in range(2):
        collect(workspace, tmp_path / "none", outputs, tmp_path / f"taken{number}", max_bytes=2**20, max_files=10)
    packed = pack(tmp_path / "taken0", outputs, max_bytes=2**20)
    assert packed is not None
    assert packed == pack(tmp_path / "taken1", outputs, max_bytes=2**20)
    assert pack(tmp_path / "taken0", outputs, max_bytes=10) is None
    unpack(packed, tmp_path / "none", outputs, tmp_path / "again")
    assert (tmp_path / "again" / "sub" / "more.txt").read_text() == "more"
    with pytest.raises(UserError):
        unpack(packed[:-20], tmp_path / "none", outputs, tmp_path / "damaged")


def test_a_stored_submission_cannot_write_elsewhere(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../out.txt"))
    with pytest.raises(UserError):
        unpack(buffer.getvalue(), tmp_path / "none", ["**"], tmp_path / "again")
    assert not (tmp_path / "out.txt").exists()


NO_JSON = [
    b"",
    b"{",
    b"NaN",
    b"[1e999]",
    b'{"a": 1, "a": 2}',
    b"[" * 40 + b"]" * 40,
    b"[" * 10**5,
    b"9" * 30,
    b"9" * 5000,
    b"\xff",
]


@pytest.mark.parametrize("text", NO_JSON, ids=lambda text: repr(text[:20]))
def test_json_that_is_refused(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(text)
    with pytest.raises(SubmissionError, match=r"a\.json"):
        Files(tmp_path).read_json("a.json")


def test_documents_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"x": [1, 2.5, None]}))
    (tmp_path / "a.csv").write_text('name,label\n"a, b",3\nc,4\n\n')
    np.save(tmp_path / "a.npy", np.arange(6).reshape(2, 3))
    np.save(tmp_path / "bad.npy", np.array([{}], dtype=object), allow_pickle=True)
    files = Files(tmp_path)
    assert files.read_json("a.json") == {"x": [1, 2.5, None]}
    assert files.read_csv("a.csv") == [{"name": "a, b", "label": "3"}, {"name": "c", "label": "4"}]
    assert files.read_npy("a.npy").tolist() == [[0, 1, 2], [3, 4, 5]]
    assert files.list("*.npy") == ["a.npy", "bad.npy"]
    for name, read in (("bad.npy", files.read_npy), ("none.csv", files.read_csv)):
        with pytest.raises(SubmissionError, match=name):
            read(name)


@pytest.mark.parametrize("text", ["a,a\n1,2\n", "a,b\n1\n", "a,b\n1,2,3\n", 'a\n"open', "", "a\n" + "x" * 200_000])
def test_tables_that_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(SubmissionError, match=r"a\.csv"):
        Files(tmp_path).read_csv("a.csv")


def test_names_are_shown_without_terminal_escapes(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError) as caught:
        Files(tmp_path).read_bytes("\x1b[2J\nname")
    assert str(caught.value).isprintable()
