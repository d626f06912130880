"""The protocol of AIDE: a plan with a python block that does the whole work, then a review by a forced tool call.

Every request is a conversation of its own. The code runs in the task's workspace, which is its working folder.
"""

from __future__ import annotations

import re

from mldevbench.gateway.scripted.policies import Play
from mldevbench.gateway.scripted.script import Action, Messages, Script, act, text

REVIEW = "submit_review"

_CODE = """
import subprocess
from pathlib import Path

FILES = {files!r}
RUN = {run!r}

for name, text in FILES.items():
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
if RUN:
    subprocess.run(["bash", "-c", RUN], check=True)
print("metric:", {metric!r})
"""


def play(script: Script, play: Play) -> Action:
    if play == "ask":
        return Action("I have a plan. Shall I go ahead and write the program?")
    if play == "give_up":
        return _answer("I could not find out how to do this.", "\nprint('I could not find out how to do this.')\n")
    if play == "draft":
        files = {f"draft/{name}": text for name, text in script.files.items()}
        return _answer("I write it all into a folder draft first.", _CODE.format(files=files, run=None, metric=0.5))
    code = _CODE.format(files=dict(script.files), run=script.run, metric=1.0)
    return _answer("I write what is missing and run it; the metric is 1 when everything ran.", code)


def _answer(plan: str, code: str) -> Action:
    """Prose and one fenced block; a fence in the text of a file, which would end it, is escaped."""
    code = code.replace("```", r"\x60" * 3)
    return Action(f"{plan}\n\n```python{code}```\n")


def review(messages: Messages) -> Action:
    """What a reviewer says of the execution output that it is shown. (AIDE takes a metric only when it is a float.)"""
    shown = text(messages[-1]).rpartition("# Execution output")[2]
    said = re.findall(r"^metric: (\d+\.\d+)\s*$", shown, re.MULTILINE)
    summary = "The program ran to its end." if said else "The program did not get as far as its metric."
    metric = float(said[-1]) if said else 0.0
    return act("", REVIEW, is_bug=not said, summary=summary, metric=metric, lower_is_better=False)
