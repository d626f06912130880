"""Builds assets and finds them again. An asset is keyed by its definition and profile, and is never changed after."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from mldevbench.building import builder, watched
from mldevbench.data import secret
from mldevbench.outcome import InfraError, UserError
from mldevbench.paths import PACKAGE_ROOT, folder

_BUILDER = Path(__file__).with_name("build.py")
_STATED = re.compile(r"^DOWNLOAD_BYTES = ([\d_]+)", re.MULTILINE)
_IMPORTED = re.compile(r"^from mldevbench\.data\.(assets|generators) import (.+)$", re.MULTILINE)
_SECRET = re.compile(r"^from mldevbench\.data import .*\bsecret\b", re.MULTILINE)

Report = Callable[[str, int, int | None], None]
"""Told the address that is fetched, the bytes so far and, where known, all bytes."""


def definition(name: str, task: Path) -> Path:
    """The file that defines an asset: the task's own comes first."""
    candidates = [task / "assets" / f"{name}.py", Path(__file__).parent / "assets" / f"{name}.py"]
    for path in candidates:
        if path.is_file():
            return path
    raise UserError(f"{task / 'task.toml'}: no asset is called {name!r}; define it in {candidates[0]}")


def sources(name: str, task: Path) -> list[Path]:
    """All files that an asset's content follows from: its definition, the assets and generators that it imports, and so on."""
    found = [definition(name, task)]
    for source in found:  # which grows on the way
        for kind, names in _IMPORTED.findall(source.read_text()):
            paths = [Path(__file__).parent / kind / f"{word}.py" for word in sorted(names.replace(",", " ").split())]
            found += [path for path in paths if path not in found]
    return found


def location(name: str, profile: str, task: Path) -> Path:
    """Where the files of an asset lie, or would lie."""
    texts = [path.read_text() for path in sources(name, task)]
    drawn_from = secret.value() if any(_SECRET.search(text) for text in texts) else b""
    digest = hashlib.sha256("".join(texts).encode() + drawn_from).hexdigest()[:16]
    return folder("assets") / f"{name}-{profile}-{digest}" / "files"


def download_bytes(name: str, task: Path) -> int:
    """What the full profile of an asset fetches, as its definition states in `DOWNLOAD_BYTES`; 0 when it fetches nothing."""
    stated = _STATED.search(definition(name, task).read_text())
    return int(stated[1].replace("_", "")) if stated else 0


def prepare(name: str, profile: str, task: Path, python: Path, report: Report | None = None) -> Path:
    """The folder of an asset, built first when it is not there; safe to call from many processes.

    Raises InfraError when it cannot be built (a download that fails, a checksum that does not fit, no progress any more). What
    was fetched until then is kept, and gone on with the next time.
    """
    files = location(name, profile, task)
    target = files.parent
    if not target.exists():
        with builder(target, "asset") as lock:
            if not target.exists():
                _build(definition(name, task), profile, target, python, report, lock)
    return files


def _build(source: Path, profile: str, target: Path, python: Path, report: Report | None, lock: Path) -> None:
    """Builds beside the target and renames, so that half an asset is never used."""
    building = target.with_name(target.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    files = building / "files"
    files.mkdir(parents=True)
    command = [str(python), "-I", str(_BUILDER), str(PACKAGE_ROOT), str(source), profile, str(files), str(folder("downloads"))]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
        watched(process, lock, "asset", f"the build of asset {source.stem} ({profile})"),
    ):
        assert process.stdout is not None
        for line in process.stdout:
            if report is not None and line.startswith("["):
                report(*json.loads(line))
        if process.wait():
            errors.seek(0)
            last = errors.read().strip().splitlines()[-1:]
            reason = " ".join(last) or process.returncode
            raise InfraError("asset", f"asset {source.stem} ({profile}) could not be built: {reason}")
    sums = {str(p.relative_to(files)): file_sha256(p) for p in sorted(files.rglob("*")) if p.is_file()}
    (building / "manifest.json").write_text(json.dumps(sums, indent=1))
    for path in building.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)
    building.rename(target)


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
