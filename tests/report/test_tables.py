"""`mldevbench report`: the paper's tables, ours beside them, in every format; filters; several folders; comparisons."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mldevbench.catalog import Catalog
from mldevbench.commands.report import main
from mldevbench.outcome import UserError
from mldevbench.report.comparing import arm_pairs, compare_all, folder_counts
from mldevbench.report.filters import Filters
from mldevbench.report.study import load_study
from mldevbench.stats import wilson
from tests.report.synthetic import STRENGTH, sweep, write

TASKS = ("nan_losses", "boolq", "hello_world", "channelvit", "noisy_imagenette_download")

TABLE_2 = {
    "Dataset Handling": (3, "3 3 1 0"),
    "Model Training": (6, "4 5 2 3"),
    "Debugging": (7, "4 4 2 1"),
    "API Integration": (1, "1 1 0 1"),
    "Model Implementation": (7, "2 2 0 0"),
    "Performance": (6, "0 0 0 0"),
    "Overall": (30, "14 15 5 5"),
}
TABLE_3 = """1100 1110 1100 1111 1100 1100 11*11 01*0*1* 0000 0000 1111 11*1*0* 11*00 11*0*0* 0000 0000 1101 1*1*00 1*1*0*0*
0*0*0*0* 0*0*0*0* 0*0*0*0* 0000 00*00 0000 0000 0000 0000 0000 0000""".split()
TABLE_4 = """
Vision finetuning - classification: 0.176 0.124 67034 54434
ChannelViT: 1.06 0.215 338055 177182
ChannelViT - Easy: 1.09 0.318 352141 267508
ChannelViT No tests: 0.091 0.121 33208 53475
Dataset download - dataset does not exist: 0.018 0.051 13735 16125
Dataset preprocessing: 0.078 0.103 27210 42277
Model forward pass - shape mismatches: 0.069 0.075 27629 44396
Pretrained model download - Huggingface: 0.096 0.063 36592 24738
CIFAR-10 long tailed: 0.089 0.334 29659 351943
Fix problems in model and dataloader: 0.376 0.556 146826 785182
NaN losses: 0.124 0.212 40385 193801
Dataset download - Noisy Imagenette: 0.129 0.068 67426 25429
Correct norm for pretrained model: 0.38 0.265 136831 313149
Overfit on small dataset: 0.093 0.133 25642 52791
Large training logs: 0.023 0.185 35189 114903
Segmentation: 0.118 0.383 39662 395127
Pretrained model download - Torchvision: 0.058 0.044 22289 30596
CIFAR10 Training: 0.209 0.288 71409 253445
Model Training - shape mismatches: 0.289 0.147 115568 92262
VAR implementation: 0.051 0.139 12473 59863
Wandb integration: 0.155 0.258 65810 266738
TinyBERT Eval: 0.313 0.573 121773 762780
ViT debugging: 0.277 1.496 84706 2526426
BoolQ: 0.343 0.65 131458 993175
Improve CIFAR-10 baseline - existing model ckpt: 0.115 0.401 29232 366660
Noisy Imagenette: 0.582 0.288 192275 253445
Multi head Latent Attention: 3.164 1.91 1022125 1706146
Multi head Latent Attention - hidden tests: 0.16 1.278 40068 380506
Proximal Policy Optimization: 0.369 3.048 87988 904267
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("results") / "study"
    tasks = [Catalog().task(t) for t in TASKS]
    write(out, sweep(tasks, 6, limits=(20, 50)), tasks)
    return out


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def call(*arguments: object) -> str:
        main([str(a) for a in arguments])
        return capsys.readouterr().out

    return call


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The one line that a command says of bad input."""

    def call(*arguments: object) -> str:
        with pytest.raises(SystemExit) as stopped:
            main([str(a) for a in arguments])
        assert stopped.value.code == 2
        message = capsys.readouterr().err
        assert message.startswith("error: ")
        assert message.count("\n") == 1
        return message

    return call


def test_the_papers_tables_are_reproduced(run: Callable[..., str]) -> None:
    tables = {t["name"]: t["entries"] for t in json.loads(run("paper", "--format", "json"))["tables"]}
    for title, (tasks, successes) in TABLE_2.items():
        cells = [e for e in tables["categories"] if e["row"] == title]
        assert " ".join(str(e["successes"]) for e in cells) == successes
        assert {e["trials"] for e in cells} == {tasks}
        assert [(e["low"], e["high"]) for e in cells] == [pytest.approx(wilson(e["successes"], tasks)) for e in cells]
    rows = list(dict.fromkeys(e["row"] for e in tables["tasks"]))
    assert ["".join(e["text"] for e in tables["tasks"] if e["row"] == row) for row in rows] == TABLE_3
    assert all(e["inferred"] == e["text"].endswith("*") for e in tables["tasks"])
    found = {row: [e["estimate"] for e in tables["costs"] if e["row"] == row] for row in {e["row"] for e in tables["costs"]}}
    published = dict(line.rsplit(": ", 1) for line in TABLE_4.strip().splitlines())
    assert found == {row: [float(word) for word in words.split()] for row, words in published.items()}


def test_every_format_tells_the_same(folder: Path, run: Callable[..., str]) -> None:
    data = json.loads(run(folder, "--format", "json"))
    assert [t["name"] for t in data["tables"]] == ["categories", "tasks", "costs", "arms", "limits", "scores"]
    entries = [e | {"table": t["name"]} for t in data["tables"] for e in t["entries"]]
    lines = list(csv.DictReader(io.StringIO(run(folder, "--format", "csv"))))
    assert len(lines) == len(entries)
    assert all(line["text"] == e["text"] and line["table"] == e["table"] for line, e in zip(lines, entries, strict=True))
    text, marks, latex = run(folder), run(folder, "--format", "markdown"), run(folder, "--format", "latex")
    for entry in (e for e in entries if e["table"] == "tasks" and e["source"] == "ours"):
        assert entry["text"] in text
        assert entry["text"].replace("[", r"\[").replace("]", r"\]") in marks
        assert entry["text"].replace("%", r"\%") in latex
        assert entry["low"] <= entry["estimate"] <= entry["high"]
    rows = [line for line in marks.splitlines() if line.startswith("| boolq")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows[:1]] == [1 + 2 + len(STRENGTH) * 2 + 4]
    assert latex.count(r"\begin{tabular}") == latex.count(r"\end{tabular}") == len(data["tables"])
    for shown in (text, marks, latex):
        assert "SYNTHETIC" in shown
        assert "(synthetic)" in shown


def test_filters_choose_and_say_what_is_there(folder: Path, refused: Callable[..., str]) -> None:
    study = load_study([str(folder)], Filters(models=("scripted/coin",), tasks=("boolq",), limits={"max_steps": (20.0,)}))
    assert study.arms == ("react scripted/coin?p=0.5",)
    assert {t.task for t in study.trials} == {"boolq"}
    assert len(study.trials) + len(study.absent) == 6
    cells = load_study([str(folder)], Filters(min_seeds=6))
    assert {n for counts in cells.counts.values() for _, n in counts.values()} == {6}
    assert cells.thin % 5 == 0
    assert cells.thin > 0
    assert not cells.absent, "a task that is left out lacks no trial"
    for option, value in (("--models", "openai/cheep"), ("--agents", "aide"), ("--tasks", "nan"), ("--max-steps", "7")):
        error = refused(folder, option, value)
        assert error.startswith(f"error: {option}")
        assert value in error
    assert "openai/cheap" in refused(folder, "--models", "openai/cheep")
    assert "is none of categories" in refused(folder, "--table", "costly")
    assert "--profile 'full'" in refused(folder, "--profile", "full")


def test_folders_are_one_study_and_no_trial_counts_twice(folder: Path, tmp_path: Path) -> None:
    more = [Catalog().task(t) for t in (*TASKS, "lora")]
    write(tmp_path / "more", sweep(more, 6, limits=(20, 50)), more, seed=2)
    places = [str(folder), str(tmp_path / "more")]
    both = load_study(places)
    assert both.doubled == len(TASKS) * 2 * 6 * len(STRENGTH)
    first, second = ({t.key: t for t in load_study([place]).trials} for place in places)
    assert {t.key: t for t in both.trials} == second | first
    assert any(t.key not in first and t.task != "lora" for t in both.trials), "a fault there hides no verdict here"


def test_what_is_missing_is_counted_with_its_reason(folder: Path) -> None:
    study = load_study([str(folder)])
    assert {a.reason for a in study.absent} == {"infra_error (provider_down)"}
    assert len(study.absent) == sum(study.apart.values()) > 0
    assert len(study.trials) + len(study.absent) == len(TASKS) * 6 * 2 * len(STRENGTH)


def test_compare_says_both_answers(folder: Path, run: Callable[..., str], refused: Callable[..., str]) -> None:
    text = run("compare", folder, "strong", "cheap", "--max-steps", "50")
    assert "react anthropic/strong is better than react openai/cheap" in text
    assert "These tasks, new seeds" in text
    assert "needs 10 tasks or more, there are 5" in text
    assert "Holm" not in text
    many = run("compare", folder, "--max-steps", "50")
    assert "6 comparisons: the p-values are adjusted" in many
    study = load_study([str(folder)], Filters(limits={"max_steps": (50.0,)}))
    found = compare_all(study.counts, arm_pairs(study, []))
    assert all(c.fixed_p >= c.found.fixed.p_value for c in found)
    assert "fits several arms" in refused("compare", folder, "react", "cheap")
    assert "no results folder" in refused("compare", "nowhere", "cheap")


def test_compare_holds_folders_against_each_other(folder: Path, tmp_path: Path, run: Callable[..., str]) -> None:
    tasks = [Catalog().task(t) for t in TASKS]
    write(tmp_path / "later", sweep(tasks, 6, limits=(20, 50)), tasks, {model: 0.9 for model in STRENGTH}, seed=3)
    a, b = load_study([str(folder)]), load_study([str(tmp_path / "later")])
    _, pairs = folder_counts(a, b, ("a", "b"))
    assert len(pairs) == 2 * len(STRENGTH)
    text = run("compare", folder, tmp_path / "later", "--models", "openai/cheap")
    assert f"{tmp_path / 'later'}: react openai/cheap steps<=50 is better" in text
    other = load_study([str(folder)], Filters(models=("openai/cheap",), limits={"max_steps": (20.0,)}))
    with pytest.raises(UserError, match="no arm in common"):
        folder_counts(a, other.__class__(**{**other.__dict__, "trials": other.trials[:0]}), ("a", "b"))


def test_limits_are_held_against_each_other(folder: Path, run: Callable[..., str]) -> None:
    data = json.loads(run(folder, "--format", "json", "--table", "limits"))
    gains = [e for e in data["tables"][0]["entries"] if e["measure"] == "difference"]
    assert sum(e["estimate"] is None for e in gains) == sum(e["estimate"] is not None for e in gains) == len(STRENGTH)
