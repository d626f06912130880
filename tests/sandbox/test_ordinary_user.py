"""The same tests as an ordinary user, where bubblewrap makes user namespaces. Run by root, they are run again as `nobody`."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import mldevbench

NOBODY = "65534"
PYTHON = "/usr/bin/python3"  # root's own interpreter may lie below a closed home
NEEDED = ["anyio", "idna", "typing_extensions", "pytest", "_pytest", "pluggy", "iniconfig", "packaging", "py", "pygments"]

if os.getuid() == 0:

    def test_everything_holds_for_an_ordinary_user(folder: Path) -> None:
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
        shutil.copytree(Path(__file__).parent, library / "tests/sandbox", ignore=shutil.ignore_patterns("__pycache__"))
        home = folder / "home"
        home.mkdir()
        os.chown(home, int(NOBODY), int(NOBODY))
        command = ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--inh-caps=-all", "--"]
        command += [PYTHON, "-B", "-m", "pytest", "-q", "-p", "anyio.pytest_plugin", "-p", "no:cacheprovider"]
        command += ["--import-mode=importlib", "-k", "not none"]
        command += [f"tests/sandbox/test_{name}.py" for name in ("attacks", "commands", "confinement", "enclosure")]
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(library), "TMPDIR": str(home), "HOME": str(home)}
        result = subprocess.run(command, env=environment, cwd=library, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-1000:]


def _copy(origin: Path, library: Path) -> None:
    library.mkdir(exist_ok=True)
    if origin.name == "__init__.py":
        shutil.copytree(origin.parent, library / origin.parent.name, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(origin, library)
