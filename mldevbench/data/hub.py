"""Repositories of the Hugging Face hub, laid out as `huggingface_hub` keeps them, so that HF_HUB_CACHE may name the folder."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from mldevbench.data.download import download, read

HUB = "https://huggingface.co"


def snapshot(repo: str, files: Mapping[str, str], destination: Path, *, revision: str) -> Path:
    """Downloads files of a model's repository (name -> checksum, as `download` takes it) at a commit, and returns their folder.

    Raises OSError and ValueError as `download` does.
    """
    folder = _folder(repo, destination, revision)
    for name, checksum in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        download(f"{HUB}/{repo}/resolve/{revision}/{name}", folder / name, checksum=checksum)
    return folder


def stated_checksum(repo: str, name: str, *, revision: str) -> str:
    """What the hub itself states of a large file at a commit: that a download is whole, not what it is.

    Raises OSError when the hub cannot be asked, and ValueError when it states nothing.
    """
    pointer = read(f"{HUB}/{repo}/raw/{revision}/{name}")
    stated = re.search(rb"^oid (sha256:[0-9a-f]{64})$", pointer, re.MULTILINE)
    if stated is None:
        raise ValueError(f"{repo}: no checksum of {name} is stated at {revision}")
    return stated[1].decode()


def store(source: Path, repo: str, destination: Path) -> Path:
    """Lays the files in `source`, as `save_pretrained` writes them, out as a model's repository, and returns their folder."""
    names = sorted(path.relative_to(source) for path in source.rglob("*") if path.is_file())
    content = hashlib.sha1(b"".join(str(name).encode() + (source / name).read_bytes() for name in names))
    folder = _folder(repo, destination, content.hexdigest())
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, folder / name)
    return folder


def _folder(repo: str, destination: Path, revision: str) -> Path:
    """The files of one commit, which becomes the head of the branch `main`."""
    root = destination / f"models--{repo.replace('/', '--')}"
    (root / "refs").mkdir(parents=True, exist_ok=True)
    (root / "refs" / "main").write_text(revision)
    folder = root / "snapshots" / revision
    folder.mkdir(parents=True, exist_ok=True)
    return folder
