"""Agents and tasks of a package that a test writes, found by their entry points as those of any installed package are."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from mldevbench.catalog import Catalog
from mldevbench.outcome import Outcome, TrialRecord
from mldevbench.spec import TrialSpec

GPU_TASK = """
id = "{id}"
title = "Write down which GPU is visible"
category = "smoke"
difficulty = "easy"
outputs = ["visible.txt"]
[profiles.mini]
resources = {{ cpus = 1, gpus = {gpus}, memory_gb = 1{more} }}
"""

GPU_GRADER = """
def grade(g):
    devices = g.files.read_text("visible.txt", 100).strip()
    visible = devices in ("0", "1", "0,1", "1,0")
    g.check("a device is visible", visible, f"CUDA_VISIBLE_DEVICES={devices!r}")
"""

ALTERNATING_AGENT = '''
"""Solves hello_world when the seed is even, and does nothing when it is odd."""


async def solve(ctx):
    if ctx.seed % 2 == 0:
        await ctx.sandbox.write_file(f"{ctx.sandbox.workspace}/hello.py", b"print('Hello, World!')\\n")
'''


def write_package(
    folder: Path,
    agents: Mapping[str, str] | None = None,
    gpu_tasks: Mapping[str, float | tuple[float, str]] | None = None,
    copies: Mapping[str, str] | None = None,
    asking: Collection[str] = (),
) -> Path:
    """A package `extra_<folder name>`, for PYTHONPATH.

    It has agents (id -> source of its module), whose commands ask for GPUs if they are among `asking`; GPU tasks (id -> GPUs, or
    GPUs and their kind); and copies of tasks (id -> id of the original).
    """
    package = f"extra_{folder.name}"
    lines = ["[mldevbench.agents]"]
    for name, source in (agents or {}).items():
        place = folder / package / name
        place.mkdir(parents=True)
        hold = "command" if name in asking else "trial"
        (place / "agent.toml").write_text(f'id = "{name}"\ntitle = "Of a test"\nmodel = false\ngpu_hold = "{hold}"\n')
        (place / "program.py").write_text(source)
        lines.append(f"{name} = {package}.{name}.program")
    lines.append("[mldevbench.tasks]")
    for name, asked in (gpu_tasks or {}).items():
        gpus, kind = asked if isinstance(asked, tuple) else (asked, None)
        more = f', accelerator = "{kind}"' if kind else ""
        place = folder / package / name
        (place / "solution").mkdir(parents=True)
        (place / "task.toml").write_text(GPU_TASK.format(id=name, gpus=gpus, more=more))
        (place / "instruction.md").write_text("Write the value of CUDA_VISIBLE_DEVICES into visible.txt.\n")
        (place / "grader.py").write_text(GPU_GRADER)
        (place / "solution" / "run.sh").write_text('echo "$CUDA_VISIBLE_DEVICES" > visible.txt\n')
        (place / "__init__.py").write_text("")
        lines.append(f"{name} = {package}.{name}")
    for name, original in (copies or {}).items():
        place = folder / package / name
        shutil.copytree(Catalog().task(original).folder, place)
        text = (place / "task.toml").read_text()
        (place / "task.toml").write_text(text.replace(f'id = "{original}"', f'id = "{name}"', 1))
        (place / "__init__.py").write_text("")
        lines.append(f"{name} = {package}.{name}")
    (folder / package / "__init__.py").write_text("")
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder


def record_of(spec: TrialSpec, outcome: Outcome = Outcome.PASSED, **changed: Any) -> TrialRecord:
    """An attempt of which little is known."""
    known: dict[str, Any] = {
        "attempt": 1,
        "labels": {"paper_row": None, "category": "smoke", "title": spec.task},
        "stop_reason": None,
        "error_kind": None,
        "error": None,
        "started_at": 1e9,
        "node": "n",
        "isolation": "bwrap",
        "synthetic_model": False,
    }
    return TrialRecord(trial_key=spec.key, trial=spec.to_dict(), outcome=outcome, **known | changed)


NASTY = (
    "\x1b[2J\x1b[31mred\x1b]0;title\x07\x1b]8;;http://host/\x1b\\link\x1b]8;;\x1b\\\x1b]52;c;ZWNobyBoaQ==\x07\x9b31m\x9d0;x\x9c"
    "\x00\x08\x7f\r\x0b\x0c\x85\u2028\u202eright to left\u2066\u200b\u200d\ufeff\u00ad\ue000\ud800"
    "[bold red]markup[/bold red] :bomb:"
)
"""Steers a terminal that it reaches: escapes, their one-byte forms, links, the clipboard, directions, what has no width."""


def steers(text: str) -> set[str]:
    """The characters of a printed text that are more than letters and line ends."""
    return {c for c in text if c != "\n" and not c.isprintable()}
