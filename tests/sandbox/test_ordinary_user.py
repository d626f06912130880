"""The same tests as an ordinary user, where bubblewrap makes user namespaces. Run by root, they are run again as `nobody`.

And the tiers that are left in containers: without the right to mount, without user namespaces, with a masked /proc.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import mldevbench

NOBODY = "65534"
PYTHON = "/usr/bin/python3"  # root's own interpreter may lie below a closed home
NEEDED = ["anyio", "idna", "typing_extensions", "pytest", "_pytest", "pluggy", "iniconfig", "packaging", "py", "pygments"]
AS_NOBODY = ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--inh-caps=-all", "--"]
NO_MOUNTS = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all", "--"]
MASKED_PROC = ["unshare", "--mount", "--", "/bin/sh", "-c", 'mount -t tmpfs none /proc/irq && exec "$@"', "sh"]
NO_USER_NAMESPACES = """
import os, sys
from mldevbench.sandbox import guard, seccomp
from mldevbench.sandbox.inside import trees
trees.prctl(trees.PR_SET_NO_NEW_PRIVS, 1)
guard._load_filter(seccomp.build_filter(allow_memfd=True))
os.execv(sys.argv[1], sys.argv[1:])
"""
PICK = """
import sys
from pathlib import Path
import anyio
from mldevbench.clock import TrialClock
from mldevbench.sandbox import NodeBroker, SandboxSpec, open_sandbox, pick_tier

async def main() -> None:
    tier = pick_tier(Path(sys.executable))
    workspace = Path(sys.argv[1])
    workspace.mkdir()
    spec = SandboxSpec(workspace, Path(sys.executable))
    async with open_sandbox(spec, tier=tier, broker=NodeBroker(1), clock=TrialClock()) as box:
        process = await box.spawn("sleep 1000 & sleep 1000")
        await process.kill()
        seen = await box.exec("cat /etc/shadow || echo closed")
        print(tier, seen.output.decode().split()[-1])

anyio.run(main)
"""

if os.getuid() == 0:

    @pytest.fixture
    def library(folder: Path) -> Path:
        """The package and what it needs, where every user can read it."""
        library = folder / "library"
        for name in NEEDED:
            spec = importlib.util.find_spec(name)
            if spec is not None and spec.origin is not None:
                _copy(Path(spec.origin), library)
        package = Path(mldevbench.__file__).parent
        for source in (package, package / "sandbox", package / "sandbox/inside"):
            for file in source.glob("*.py"):
                target = library / file.relative_to(package.parent)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target)
        return library

    @pytest.fixture
    def environment(folder: Path, library: Path) -> dict[str, str]:
        home = folder / "home"
        home.mkdir()
        os.chown(home, int(NOBODY), int(NOBODY))
        return {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "PYTHONPATH": str(library), "TMPDIR": str(home), "HOME": str(home)}

    def test_everything_holds_for_an_ordinary_user(library: Path, environment: dict[str, str]) -> None:
        shutil.copytree(Path(__file__).parent, library / "tests/sandbox", ignore=shutil.ignore_patterns("__pycache__"))
        command = [*AS_NOBODY, PYTHON, "-B", "-m", "pytest", "-q", "-p", "anyio.pytest_plugin", "-p", "no:cacheprovider"]
        command += ["--import-mode=importlib", "-k", "not none"]
        command += [f"tests/sandbox/test_{name}.py" for name in ("attacks", "commands", "confinement", "enclosure")]
        result = subprocess.run(command, env=environment, cwd=library, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-1000:]

    @pytest.mark.parametrize(
        ("surroundings", "tier"),
        [
            pytest.param([], "bwrap", id="root"),
            pytest.param(NO_MOUNTS, "bwrap", id="root that may not mount"),
            pytest.param([*NO_MOUNTS, "filter"], "uid+landlock", id="root without user namespaces"),
            pytest.param(AS_NOBODY, "bwrap", id="user"),
            pytest.param([*MASKED_PROC, *AS_NOBODY], "bwrap-noproc", id="user with a masked proc"),
            pytest.param([*MASKED_PROC, *NO_MOUNTS], "bwrap-noproc", id="root with a masked proc"),
            pytest.param([*AS_NOBODY, "filter"], "landlock", id="user without user namespaces"),
        ],
    )
    def test_containers_get_the_strongest_tier_that_holds_there(
        surroundings: list[str], tier: str, folder: Path, environment: dict[str, str]
    ) -> None:
        command = [*surroundings, PYTHON, "-B", "-c", PICK, f"{environment['HOME']}/workspace"]
        if "filter" in command:
            at = command.index("filter")
            command[at : at + 1] = [PYTHON, "-B", "-c", NO_USER_NAMESPACES]
        done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)
        assert done.stdout.split() == [tier, "closed"], done.stderr


def _copy(origin: Path, library: Path) -> None:
    library.mkdir(exist_ok=True)
    if origin.name == "__init__.py":
        shutil.copytree(origin.parent, library / origin.parent.name, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(origin, library)
