"""Bad input is one line that names the thing, the value and the mend; exit code 2; nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mldevbench.sweep import main

ORACLE = ["--agents", "oracle", "--tasks", "hello_world", "--dry-run"]

UNPRICED = ["--agents", "react", "--models", "openai/nameless", "--api-base", "openai=http://127.0.0.1:1/v1"]


def error_of(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert message.startswith("error: ")
    assert message.count("\n") == 1
    return message


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--tasks", "hello_wrld"], ["hello_wrld", "did you mean 'hello_world'"]),
        (["--tasks", ","], ["','", "tasks list"]),
        (["--agents", "orcale"], ["orcale", "did you mean 'oracle'"]),
        (["--agents", "react"], ["react", "--models"]),
        (["--agents", "oracle?colour=red"], ["colour", "play"]),
        (["--agents", "oracle?play=fair"], ["fair", "solution, lazy"]),
        (["--agents", "react?command_timeout=soon", "--models", "scripted/oracle"], ["command_timeout", "soon"]),
        (["--agents", "cli", "--models", "scripted/oracle"], ["cli", "command"]),
        (["--agents", "react", "--models", "scripted/orcle"], ["orcle", "oracle"]),
        (["--agents", "react", "--models", "scripted/coin?p=1.5"], ["1.5"]),
        (["--agents", "react", "--models", "nonsense-model"], ["nonsense-model"]),
        (["--seeds", "x"], ["'x'", "write a count"]),
        (["--seeds", "3-1"], ["3-1", "backwards"]),
        (["--max-steps", "-1"], ["max-steps", "-1"]),
        (["--max-time", "0"], ["max-time", "0"]),
        (["--concurrency", "0"], ["--concurrency", "0"]),
        (["--concurrency", "many"], ["--concurrency", "many"]),
        (["--retries", "-1"], ["--retries", "-1"]),
        (["--retry", "all"], ["--retry", "all", "infra"]),
        (["--patience", "soon"], ["--patience", "soon"]),
        (["--profile", "medium"], ["--profile", "medium", "mini"]),
        (["--on-missing-gpu", "cry"], ["--on-missing-gpu", "cry", "skip"]),
        (["--max-cost-usd", "0"], ["--max-cost-usd", "0", "greater than 0"]),
        (["--max-cost-usd", "1,2"], ["--max-cost-usd", "1,2", "number"]),
        (["--max-trial-cost-usd", "0"], ["max-cost-usd", "trial", "0"]),
        (["--max-cost-usd", "1", *UNPRICED], ["--max-cost-usd", "openai/nameless", "--price openai/nameless=IN,OUT"]),
        (["--rpm", "openai"], ["--rpm", "'openai'", "openai=500"]),
        (["--rpm", "openai=1.5"], ["--rpm", "'openai=1.5'"]),
        (["--tpm", "openai=0"], ["--tpm", "'openai=0'"]),
        (["--rpm", "openai=5", "--rpm", "openai=6"], ["--rpm", "'openai=6'"]),
        (["--rpm", "opnai=5", *UNPRICED], ["opnai", "its providers are openai"]),
        (["--tpm", "openai=5"], ["openai", "asks none"]),
        (["--colour"], ["--colour"]),
        (["--summary-json", "/nowhere/summary.json"], ["/nowhere/summary.json", "folder"]),
        (["missing.yaml"], ["missing.yaml"]),
    ],
)
def test_one_line(arguments: list[str], parts: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    given = [*ORACLE, *arguments] if arguments[0] != "missing.yaml" else arguments
    message = error_of(given, capsys)
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("agents: [oracle\n", ["no YAML"]),
        ("- oracle\n", ["mapping"]),
        ("agent: oracle\n", ["'agent'", "agents"]),
        ("agents: oracle\nconcurrency: -3\n", ["concurrency", "-3"]),
        ("agents: oracle\nmax_steps: [10, soon]\n", ["max_steps", "soon"]),
    ],
)
def test_bad_yaml(tmp_path: Path, text: str, parts: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(text)
    message = error_of([str(path), "--dry-run"], capsys)
    for part in [str(path), *parts]:
        assert part in message


def test_yaml_and_options_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "study.yaml"
    path.write_text("agents: [oracle, noop]\ntasks: [hello_world, nan_losses]\nseeds: 4\nmax_steps: [10, 25]\n")
    main([str(path), "--seeds", "0-2", "--dry-run"], standalone_mode=True)
    assert "24 trials: 2 arm(s)" in capsys.readouterr().out


def test_agents_without_a_model_are_not_crossed_with_models(capsys: pytest.CaptureFixture[str]) -> None:
    models = "scripted/oracle,scripted/noop"
    main(["--agents", "react,noop", "--models", models, "--tasks", "hello_world", "--seeds", "1", "--dry-run"])
    assert "3 trials: 3 arm(s)" in capsys.readouterr().out


def test_a_relative_out_is_refused_in_a_job(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}")
    assert "absolute" in error_of([*ORACLE, "--out", "results/x"], capsys)


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['mldevbench', '--help']\n"
        "from mldevbench.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('litellm', 'ray', 'torch', 'pyarrow', 'pydantic', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "sweep" in done.stdout
