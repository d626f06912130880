"""mldevbench: how good is this agent at real ML development, and how sure are we?

Importing the package is cheap; names that need heavier modules are loaded when they are first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mldevbench.results import load

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def __getattr__(name: str) -> Any:
    if name == "load":
        from mldevbench.results import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
