"""Grading: what graders are written against. Standard library and numpy only, because graders run in the task environment."""

from mldevbench.grading.api import Grading, expect_array
from mldevbench.grading.files import Files
from mldevbench.grading.probe import Probe, ProbeError
from mldevbench.outcome import SubmissionError

__all__ = ["Files", "Grading", "Probe", "ProbeError", "SubmissionError", "expect_array"]
