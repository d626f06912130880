"""Text of models, agents, submissions, providers and results cannot steer the terminal that it is shown on."""

from __future__ import annotations

import io
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

import mldevbench
from mldevbench.console import fail, table
from mldevbench.outcome import Check, Metric, Outcome, TrialRecord, Usage, UserError
from mldevbench.progress import Progress, Tally
from mldevbench.report import print_report
from mldevbench.report.text import check_line, last_line, metric_line, plain, plain_lines
from mldevbench.results import ResultsWriter, SweepInfo
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.sweep import main
from mldevbench.watching import Watchers
from tests.support import NASTY, steers

_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def record(**changed: Any) -> TrialRecord:
    spec = TrialSpec(NASTY, "d", Named(NASTY), "d", Named(NASTY), 0, "mini", Limits())
    known: dict[str, Any] = {"outcome": Outcome.FAILED, "stop_reason": None, "error_kind": None, "error": None, "usage": Usage()}
    known |= {"started_at": 1e9, "node": NASTY, "isolation": NASTY, "synthetic_model": False, "attempt": 1}
    labels = {"category": "debugging", "title": NASTY, "paper_row": None}
    return TrialRecord(trial_key=spec.key, trial=spec.to_dict(), labels=labels, **known | changed)


def test_nothing_of_a_text_steers() -> None:
    assert steers(NASTY)
    assert not steers(plain(NASTY))
    assert "\n" not in plain(NASTY)
    assert not steers(plain_lines(NASTY))
    assert not steers(check_line(Check(NASTY, False, NASTY)) + metric_line(Metric(NASTY, 0.5, NASTY)) + last_line(NASTY))


def test_what_does_not_steer_is_left() -> None:
    text = "def f():\n\tx  = 1\u00a0# é 漢字 עברית 👍\n\n    return x"
    assert plain_lines(text) == "def f():\n        x  = 1 # é 漢字 עברית 👍\n\n    return x"
    assert plain(text) == "def f(): x = 1 # é 漢字 עברית 👍 return x"
    assert plain("[bold]x[/bold]") == "[bold]x[/bold]"
    assert last_line("Traceback:\n  x\nValueError: y \n\n") == "ValueError: y"
    assert last_line(" \n") == ""


def test_errors_and_tables(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        fail(UserError(f"task {NASTY}"))
    table(("name", "what"), [(NASTY, "a"), ("b", NASTY)])
    shown = capsys.readouterr()
    assert not steers(shown.err + shown.out)
    assert shown.out.count("\n") == 4


def test_bad_input_and_plans(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--agents", "react", "--tasks", "hello_world", "--dry-run", "--models"]
    main([*arguments, f"openai/{NASTY.replace(',', '')}", "--api-base", "openai=http://localhost"], standalone_mode=True)
    with pytest.raises(SystemExit):
        main([*arguments, NASTY])
    shown = capsys.readouterr()
    assert "markup" in shown.out
    assert "markup" in shown.err
    assert not steers(shown.err + shown.out)


@pytest.mark.parametrize("error", [NASTY, "\n", f"first\n{NASTY}\n"])
def test_lines_of_a_sweep(error: str, capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally(2)
    with Progress(tally, terminal=False) as progress:
        told = Watchers(tally, progress)
        told.note(NASTY)
        told.ended(record(outcome=Outcome.INFRA_ERROR, error_kind=NASTY, error=error), final=True)
        told.ended(record(), final=False)
    shown = capsys.readouterr().out
    assert "markup" in shown
    assert not steers(shown)


@pytest.mark.parametrize("way", ["note", "error"])
def test_the_live_table_of_a_sweep(way: str) -> None:
    from rich.console import Console

    tally = Tally(2)
    progress = Progress(tally, terminal=True)
    told = Watchers(tally, progress)
    if way == "note":
        told.note(NASTY)
    else:
        told.ended(record(outcome=Outcome.INFRA_ERROR, error_kind=NASTY, error=NASTY), final=True)
    screen = io.StringIO()
    Console(file=screen, force_terminal=True, width=400).print(progress.render())
    shown = screen.getvalue()
    assert "\x1b[1mlast error" in shown, "the table has its own styles"
    assert "[bold red]markup[/bold red] :bomb:" in shown
    assert not steers(_STYLE.sub("", shown))


def test_a_table_of_results_that_somebody_else_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arms = [{"agent": f"{NASTY}2", "digest": "d", "model": NASTY}]
    plan = {"arms": arms, "tasks": {NASTY: "d", "other": "d"}, "seeds": [0], "limits": [asdict(Limits())]}
    writer = ResultsWriter.open(str(tmp_path), SweepInfo("harmless", "mini", plan))
    writer.append(record())
    writer.close()
    (part,) = (tmp_path / "attempts").iterdir()
    found = parquet.read_table(part)
    column = found.schema.get_field_index("outcome")
    parquet.write_table(found.set_column(column, found.schema.field(column), pa.array([plain_utf8(NASTY)])), part)
    print_report(mldevbench.load(str(tmp_path)))
    shown = capsys.readouterr().out
    assert "Missing" in shown
    assert "[bold red]markup[/bold red] :bomb:" in shown
    assert not steers(shown)


def test_a_folder_of_another_sweep_is_named_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ResultsWriter.open(str(tmp_path), SweepInfo(NASTY, "mini", {})).close()
    with pytest.raises(UserError) as refused:
        ResultsWriter.open(str(tmp_path), SweepInfo("another", "mini", {}))
    with pytest.raises(SystemExit):
        fail(refused.value)
    assert not steers(capsys.readouterr().err)


def plain_utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
