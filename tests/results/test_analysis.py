"""docs/analysis.md, run from top to bottom over a results folder: three engines count the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mldevbench.catalog import Catalog
from mldevbench.paths import PACKAGE_ROOT
from mldevbench.report.study import load_study
from tests.report.synthetic import sweep, write

TASKS = ("nan_losses", "boolq", "hello_world", "lora")


def test_the_page_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    tasks = [Catalog().task(t) for t in TASKS]
    write(Path("results/study"), sweep(tasks, 5), tasks)
    page: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", (PACKAGE_ROOT / "docs" / "analysis.md").read_text(), re.DOTALL)
    for block in blocks:
        exec(block, page)
    assert len(blocks) == 5
    expected = load_study(["results/study"]).counts
    assert {f"react {model}": counts for model, counts in page["arms"].items()} == expected
    for rows in (page["rates"].fetchall(), page["sealed"].fetchall()):
        assert {(f"{agent} {model}", task): (passed, n) for task, agent, model, n, passed in rows} == {
            (arm, task): cell for arm, counts in expected.items() for task, cell in counts.items()
        }
    shares = {row["model"]: row["success"] for row in page["cost"].to_dicts()}
    for model, counts in page["arms"].items():
        assert shares[model] == pytest.approx(sum(c for c, _ in counts.values()) / sum(n for _, n in counts.values()))
    assert page["reasons"].fetchall()
    assert "on these tasks:" in capsys.readouterr().out
