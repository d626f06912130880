from pathlib import Path

import pytest

from mldevbench.envs import task_python


@pytest.fixture(scope="session")
def python() -> Path:
    """The task environment's interpreter, found before a test moves the store."""
    return task_python()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: Path) -> Path:
    """An empty store."""
    monkeypatch.setenv("MLDEVBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
