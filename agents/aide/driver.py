"""AIDE's own search (its Agent, its Journal, its backend), with the programs that it generates run in the task's Python.

Every program finds the workspace with its starting files. The best node's work is kept aside meanwhile (workspace.py).
"""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

import driver_kit as kit
import openai
from aide.interpreter import ExecutionResult
from aide.journal import Journal, Node
from aide.utils.config import Config, _load_cfg, prep_cfg, save_run
from backend import connect
from interpreter import TaskInterpreter
from task_agent import TaskAgent
from workspace import Workspace

LONGEST_RUN_S, SHORTEST_RUN_S = 3600, 10
"""AIDE's own bound for one program, and the least that it is given. It never gets more than half of the time that is left."""


def main() -> None:
    request = kit.request()
    search = Search(request)
    connect(request.url + "/v1")
    random.seed(request.seed)  # AIDE chooses by chance what to debug
    try:
        for _ in range(request.settings["nodes"]):
            search.step()
    except openai.PermissionDeniedError as refusal:  # a limit, or the provider is down: the trial knows which
        kit.end("agent_error", f"the model is refused: {refusal}")
        return
    if search.journal.get_best_node() is None:
        kit.note("no node worked: what the last one left is submitted")
    kit.end("submitted")


class Search:
    """AIDE's parts, made for one task."""

    def __init__(self, request: kit.Request) -> None:
        self._ends_at = time.monotonic() + (request.max_time_s or float("inf"))
        self._config = _config(request)
        self._workspace = Workspace(Path(request.workspace), Path(request.files).with_name("start"))
        self._interpreter = TaskInterpreter(request.python, Path(request.workspace), dict(os.environ))
        self.journal = Journal()
        self._agent = TaskAgent(request.instruction, self._config, self.journal, self._interpreter.packages())

    def step(self) -> None:
        """One node: a program is drafted, improved or debugged, run, and reviewed."""
        self._workspace.fresh()
        left_s = self._ends_at - time.monotonic()
        self._config.exec.timeout = self._interpreter.timeout = int(max(SHORTEST_RUN_S, min(LONGEST_RUN_S, left_s / 2)))
        self._agent.step(exec_callback=self._execute)
        node, best = self.journal[-1], self.journal.get_best_node()
        if best is node:
            self._workspace.is_best()
        verdict = "it has a bug" if node.is_buggy else f"it works: {node.metric}"
        kit.tool_result("submit_review", verdict)
        kit.note(f"node {node.step}, {_origin(node)}: {verdict}; the best is {f'node {best.step}' if best else 'none'}")
        save_run(self._config, self.journal)

    def _execute(self, code: str, reset_session: bool) -> ExecutionResult:
        kit.tool_call("python", json.dumps({"code": code}))
        result = self._interpreter.run(code, reset_session)
        kit.tool_result("python", "".join(result.term_out))
        return result


def _config(request: kit.Request) -> Config:
    """AIDE's own configuration, but without cross-validation, and with a model name that sends it to `OPENAI_BASE_URL`."""
    config = _load_cfg(use_cli_args=False)
    config.data_dir, config.goal, config.exp_name = request.workspace, "see the task's instruction", "search"
    config.log_dir, config.workspace_dir = request.files, request.workspace
    config.agent.code.model = config.agent.feedback.model = "the-trials-model"
    config.agent.k_fold_validation = 1
    config.agent.steps = request.settings["nodes"]
    config.generate_report = False
    config = prep_cfg(config)
    config.log_dir, config.workspace_dir = (
        Path(request.files),
        Path(request.workspace),
    )  # without folders of the experiment's name
    return config


def _origin(node: Node) -> str:
    return "a draft" if node.parent is None else f"to {node.stage_name} node {node.parent.step}"


if __name__ == "__main__":
    main()
