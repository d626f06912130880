"""Python environments apart from the runner's own: the task environment, and those of agents that bring their packages.

An environment is keyed by the content of its pinned requirements, built once a node under a lock, and never changed after.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from mldevbench.building import builder, watched
from mldevbench.outcome import InfraError
from mldevbench.paths import PACKAGE_ROOT, folder

TASK_REQUIREMENTS = PACKAGE_ROOT / "tasks" / "requirements.txt"


def task_python() -> Path:
    """The interpreter in which agent code, reference solutions, probes and graders run; built when it is not there yet.

    `$MLDEVBENCH_TASK_PYTHON` names another one (a site's own build, say). Raises InfraError when it cannot be built.
    """
    configured = os.environ.get("MLDEVBENCH_TASK_PYTHON")
    return Path(configured) if configured else environment("task", TASK_REQUIREMENTS)


def is_task_environment_built() -> bool:
    """Whether `task_python` would answer at once on this node."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    built = location("task", TASK_REQUIREMENTS, version).exists()
    return built or "MLDEVBENCH_TASK_PYTHON" in os.environ


def environment(name: str, requirements: Path, python: str | None = None) -> Path:
    """The interpreter of the environment for a hash-pinned requirements file; `python` is a version such as "3.12".

    A file `amend.py` beside the requirements is run in the new environment, and is part of its key. The first call takes as long
    as installing does. Raises InfraError with the installer's last words, or when it makes no progress.
    """
    version = python or f"{sys.version_info.major}.{sys.version_info.minor}"
    target = location(name, requirements, version)
    interpreter = target / "bin" / "python"
    if not interpreter.exists():
        with builder(target, "environment") as lock:
            if not interpreter.exists():
                _build(target, requirements, version, lock)
    return interpreter


def location(name: str, requirements: Path, version: str) -> Path:
    """Where that environment lies, or would lie."""
    amend = _amendment(requirements)
    content = requirements.read_bytes() + version.encode() + (amend.read_bytes() if amend else b"")
    digest = hashlib.sha256(content).hexdigest()[:16]
    return folder("envs") / f"{name}-{digest}"


def _amendment(requirements: Path) -> Path | None:
    amend = requirements.with_name("amend.py")
    return amend if amend.is_file() else None


def _build(target: Path, requirements: Path, version: str, lock: Path) -> None:
    """Builds beside the target and renames, so that a build that was cut off is never used."""
    import uv

    building = target.with_name(target.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    command = str(uv.find_uv_bin())
    python = sys.executable if sys.version.startswith(version + ".") else version
    try:
        # A Python that pyenv has answers only when its version is chosen.
        _run([command, "venv", "--quiet", "--relocatable", "--python", python, str(building)], lock, PYENV_VERSION=version)
    except InfraError as error:
        need = f"{target.name} needs Python {version}, which is not here, and uv cannot fetch it; install it and try again"
        raise InfraError(error.kind, f"{need}: {error}") from None
    # Bytecode now, because a sandbox sees the environment read-only and would compile torch anew in every process.
    install = [command, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode"]
    interpreter = str(building / "bin" / "python")
    _run([*install, "--python", interpreter, str(requirements)], lock)
    if amend := _amendment(requirements):
        _run([interpreter, "-I", str(amend)], lock)
    building.rename(target)


def _run(command: list[str], lock: Path, **variables: str) -> None:
    what, pipe = " ".join(command[1:3]), subprocess.PIPE
    with (
        subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **variables}) as process,
        watched(process, lock, "environment", what),
    ):
        output, errors = process.communicate()
    if process.returncode:
        last = (errors or output).strip().splitlines()[-5:]
        raise InfraError("environment", f"{what} failed ({process.returncode}): " + " | ".join(last))
