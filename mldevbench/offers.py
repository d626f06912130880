"""What a task offers at its trial's door besides a model: files to download, and services that take in what the agent sends."""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mldevbench.outcome import UserError

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

_SHARED = Path(__file__).with_name("services")


class Service(Protocol):
    """One trial's own instance of a service: the class `Service` of `services/NAME.py`, made without arguments.

    It runs in a trusted process and is spoken to by agent code: it bounds what it keeps, and answers nonsense with a 4xx status.
    """

    def routes(self) -> Sequence[BaseRoute]:
        """Mounted at `$door/services/NAME`."""
        ...

    def record(self) -> Any:
        """What it received, as a JSON value, for the grader."""
        ...


@dataclass(frozen=True, slots=True)
class Offers:
    """Files by the name under `$door/files/`, services by the name under `$door/services/`."""

    files: Mapping[str, Path] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)

    @classmethod
    def make(cls, served: Sequence[Path], services: Sequence[str], task: Path) -> Offers:
        """The files of the served assets' folders, and new instances of the named services; the task's own come first."""
        files = {path.name: path for folder in served for path in sorted(folder.iterdir()) if path.is_file()}
        return cls(files, {name: _load(service_source(name, task)).Service() for name in services})

    def copy(self) -> Offers:
        """The same files, and services that go on by themselves from where these are now."""
        return Offers(self.files, copy.deepcopy(self.services))

    def records(self) -> dict[str, Any]:
        return {name: service.record() for name, service in self.services.items()}


def service_source(name: str, task: Path) -> Path:
    """The file that defines a service. Raises UserError when there is none."""
    candidates = [task / "services" / f"{name}.py", _SHARED / f"{name}.py"]
    for path in candidates:
        if path.is_file():
            return path
    raise UserError(f"{task / 'task.toml'}: no service is called {name!r}; define it in {candidates[0]}")


@cache
def _load(source: Path) -> Any:
    name = f"mldevbench_service_{source.stem}_{hashlib.sha256(str(source).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
