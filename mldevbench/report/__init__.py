"""Reports on results: the table by category."""

from mldevbench.report.table import print_report

__all__ = ["print_report"]
