"""Reports on results: tables in the paper's forms, comparisons, a page; and how text of models and agents is shown."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mldevbench.report.show import print_report

__all__ = ["print_report"]


def __getattr__(name: str) -> Any:
    """The statistics are loaded only by those who print a table."""
    if name != "print_report":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mldevbench.report.show import print_report

    return print_report
