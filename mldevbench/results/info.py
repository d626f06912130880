"""sweep.json: what a results folder is of, so that another sweep is never mixed into it."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from secrets import token_hex
from typing import Any

from mldevbench.outcome import UserError
from mldevbench.paths import PACKAGE_ROOT
from mldevbench.results.parquet import DamagedFile
from mldevbench.results.schema import SCHEMA_VERSION
from mldevbench.results.storage import Storage
from mldevbench.spec import Arm, Limits, Named, SweepSpec

LOCK = ".lock"
"""Held by the writer of a local folder; holds its process id."""
PULSE = "status.json"
"""The driver's sign of life (`mldevbench.status`); no result."""
_PACKAGES = ("mldevbench", "ray", "litellm", "langgraph", "torch", "pyarrow")


@dataclass(frozen=True, slots=True)
class SweepInfo:
    """A sweep's name and profile, which a folder keeps for good, and what this run of it resolved to."""

    name: str
    profile: str
    resolved: Mapping[str, Any]


def read_info(storage: Storage) -> dict[str, Any]:
    """The content of sweep.json. Raises FileNotFoundError, DamagedFile, and UserError for another version's."""
    data: dict[str, Any]
    try:
        data = json.loads(storage.get("sweep.json"))
        found, *_ = [data[key] for key in ("schema_version", "name", "profile", "id", "runs")]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFile(storage, "sweep.json", f"{type(error).__name__}: {error}") from None
    if found != SCHEMA_VERSION:
        raise UserError(f"{storage.base} has schema version {found}, this is {SCHEMA_VERSION}; use the version that wrote it")
    return data


def check_info(storage: Storage, info: SweepInfo) -> dict[str, Any]:
    """What sweep.json says, or is to say. Writes nothing; raises UserError when something else lies there, or another sweep."""
    try:
        known = read_info(storage)
    except FileNotFoundError:
        strangers = [name for name in storage.names("") if name != LOCK]
        if strangers:
            raise UserError(f"--out {storage.base} holds {strangers[0]!r} but no sweep; choose an empty or new folder") from None
        known = {"name": info.name, "profile": info.profile, "id": token_hex(8), "schema_version": SCHEMA_VERSION, "runs": []}
    for key, given in (("name", info.name), ("profile", info.profile)):
        if known[key] != given:
            raise UserError(
                f"--out {storage.base} holds a sweep of the {key} {known[key]!r}, not {given!r}; choose another folder"
            )
    return known


def open_info(storage: Storage, info: SweepInfo) -> dict[str, Any]:
    """Writes sweep.json, or adds this run to it, and returns its content."""
    known = check_info(storage, info)
    run = {"started": datetime.now(UTC).isoformat(), "versions": _versions(), "git": _git(), **info.resolved}
    known["runs"] = [*known["runs"], run]
    storage.put("sweep.json", json.dumps(known, indent=1).encode())
    return known


def planned_keys(sweep: Mapping[str, Any]) -> set[str]:
    """Keys of the trials that the runs of a sweep.json were to run; of a task or agent that has changed, the newest only."""
    runs = [run for run in sweep["runs"] if run.keys() >= {"arms", "tasks", "seeds", "limits"}]
    tasks = {task: digest for run in runs for task, digest in run["tasks"].items()}
    agents = {arm["agent"]: arm["digest"] for run in runs for arm in run["arms"]}
    specs = {
        SweepSpec(
            tuple(Arm(Named.parse(a["agent"]), agents[a["agent"]], a["model"] and Named.parse(a["model"])) for a in run["arms"]),
            tuple((task, tasks[task]) for task in run["tasks"]),
            tuple(run["seeds"]),
            sweep["profile"],
            tuple(Limits(**limits) for limits in run["limits"]),
        )
        for run in runs
    }
    return {trial.key for spec in specs for trial in spec.trials()}


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def _git() -> dict[str, Any] | None:
    """Commit of the checkout, and whether it was changed since; null outside one."""
    command = ["git", "-C", str(PACKAGE_ROOT)]
    try:
        commit = subprocess.run([*command, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run([*command, "status", "--porcelain"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return {"commit": commit, "changed": bool(changed.strip())}
