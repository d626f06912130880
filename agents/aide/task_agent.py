"""AIDE's agent for tasks that are no competition: the instruction says what to leave where, and what data there is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aide.agent
from aide.backend import query
from aide.journal import Journal
from aide.utils.config import Config

INSTEAD = {
    "a Kaggle grandmaster attending a competition": "a machine-learning engineer at work on a task",
    "In order to win this competition": "In order to do this task well",
}
COMPETITION = ("./input", "./working", "submission.csv")
"""What the sentences speak of that hold for competitions only."""
GUIDELINE = [
    "The program's working directory is `{folder}`. It holds the starting files each time, and nothing of earlier programs.",
    "The program itself must make, change and run what the task description asks for: what it leaves in `{folder}` is graded.",
    "If the task has no evaluation metric, print as the metric how much of the task is done, between 0.0 and 1.0.",
]


class TaskAgent(aide.agent.Agent):  # type: ignore[misc]
    """`packages` are the names of those that a program can import."""

    def __init__(self, instruction: str, config: Config, journal: Journal, packages: list[str]) -> None:
        super().__init__(instruction, config, journal)
        self._packages = packages
        aide.agent.query = _ask

    @property
    def _prompt_impl_guideline(self) -> dict[str, list[str]]:
        ((title, lines),) = super()._prompt_impl_guideline.items()
        own = [line.format(folder=self.cfg.workspace_dir) for line in GUIDELINE]
        return {title: _without_competition(lines) + own}

    @property
    def _prompt_environment(self) -> dict[str, str]:
        names = ", ".join(f"`{name}`" for name in self._packages)
        return {"Installed Packages": f"Your solution can use these packages: {names}. No others can be installed."}

    def update_data_preview(self) -> None:
        try:
            super().update_data_preview()
        except Exception as error:  # AIDE reads every file of a kind that it knows, as if none were broken
            folder = Path(self.cfg.workspace_dir)
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            listed = "\n".join(f"{path.relative_to(folder)} ({path.stat().st_size} bytes)" for path in files)
            self.data_preview = f"```\n{listed}\n```\nNot all of them can be read: {type(error).__name__}: {error}"


def _ask(system_message: Mapping[str, Any], **how: Any) -> Any:
    """`aide.backend.query` with a prompt that speaks of a task instead of a competition."""
    introduction = system_message["Introduction"]
    for words, others in INSTEAD.items():
        introduction = introduction.replace(words, others)
    prompt = {**system_message, "Introduction": introduction}
    if "Instructions" in prompt:
        prompt["Instructions"] = {title: _without_competition(lines) for title, lines in prompt["Instructions"].items()}
    answer = query(system_message=prompt, **how)
    return "" if answer is None else answer  # no text at all is asked for again, as an answer without code is


def _without_competition(lines: Any) -> Any:
    return [line for line in lines if not any(word in line for word in COMPETITION)] if isinstance(lines, list) else lines
