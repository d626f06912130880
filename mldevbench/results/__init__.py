"""Results: a durable journal, Parquet datasets that any engine reads, resuming, `load`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mldevbench.results.info import SweepInfo
    from mldevbench.results.reading import Results, load
    from mldevbench.results.writer import ResultsWriter

__all__ = ["Results", "ResultsWriter", "SweepInfo", "load"]
_HOMES = {"Results": "reading", "load": "reading", "ResultsWriter": "writer", "SweepInfo": "info"}


def __getattr__(name: str) -> Any:
    """pyarrow is loaded only by those who use it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
