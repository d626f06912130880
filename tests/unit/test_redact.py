"""Secrets are found in whatever a text, a record or a submission makes of them, and nowhere else."""

from __future__ import annotations

import base64
import gzip
import io
import json
import logging
import sys
import tarfile
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from cluster.launch import sweep_info
from mldevbench.catalog import Catalog
from mldevbench.grading.collect import pack
from mldevbench.outcome import Check, Event, ModelCall, Outcome, TrialRecord
from mldevbench.plan import read_options, resolve
from mldevbench.redact import Secrets, credentials
from mldevbench.results.clean import LARGEST_TEXT, clean_archive, without_secrets
from mldevbench.results.codec import encode
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.sweep import main

KEY = "sk-proj/a+b=c_d-0123456789"
SECRETS = Secrets({"OPENAI_API_KEY": KEY})
HIDDEN = "[OPENAI_API_KEY]"


@pytest.mark.parametrize("key", [KEY, "A1b2C3d4", 'quo"ted\\key', "x" * 200])
@pytest.mark.parametrize("before", range(4))
def test_every_form_of_a_key_is_found(key: str, before: int) -> None:
    secrets = Secrets({"K": key})
    text = f"{'b' * before}{key}, then more"
    nested = json.dumps({"body": json.dumps({"key": key}, ensure_ascii=False)})
    coded = [f(text.encode()).decode() for f in (base64.b64encode, base64.urlsafe_b64encode)]
    for form in (text, quote(text), quote(text, safe=""), quote_plus(text), json.dumps({"key": text}), *coded):
        assert secrets.in_text(form)
        assert "[K]" in secrets.hide(form)
        assert not secrets.in_text(secrets.hide(form))
    if '"' not in key:
        assert key not in secrets.hide(nested)
    for form in coded:
        left = secrets.hide(form).partition("[K]")
        assert key[2:].encode() not in base64.b64decode(left[0] + "=" * (-len(left[0]) % 4), "-_")
        assert len(left[0]) <= (before + 3) * 4 / 3


def test_other_texts_are_left_alone() -> None:
    text = f"The key {KEY[:-1]} is another one; so is {KEY.upper()}."
    assert SECRETS.hide(text) is text
    secrets = Secrets.of({"A_API_KEY": "short", "AZURE_API_VERSION": "2024-10-21", "AWS_REGION_NAME": "us-east-1"})
    assert not secrets
    record: dict[str, Any] = {"text": "short 2024-10-21 us-east-1"}
    assert secrets.hide(record) is record


def test_of_two_keys_the_longer_is_found_first() -> None:
    secrets = Secrets({"SHORT": "abcdefgh", "LONG": "abcdefgh-ijkl"})
    assert secrets.hide("abcdefgh-ijkl abcdefgh") == "[LONG] [SHORT]"


def test_credentials_in_addresses_are_secrets() -> None:
    assert credentials("https://host:8080/v1?api-version=2024-10-21") == {}
    assert credentials("https://me:p%40ssword@host/v1?api_key=query-key") == {"password": "p@ssword", "api_key": "query-key"}
    assert credentials("https://token-alone@host/a@b") == {"user": "token-alone"}
    basic = base64.b64encode(b"me:p@ssword").decode()
    secrets = Secrets.of({"AZURE_API_BASE": "https://me:p%40ssword@host"}, {"out": "s3://id:out-secret@bucket/x"})
    assert secrets.hide("p@ssword p%40ssword out-secret") == "[AZURE_API_BASE password] [AZURE_API_BASE password] [out password]"
    assert "[AZURE_API_BASE password]" in secrets.hide(f"Authorization: Basic {basic}")


def test_keys_and_values_are_searched_at_any_depth() -> None:
    found = SECRETS.hide({"a": [{KEY: ("x", f"Bearer {KEY}", 1, None, 0.5)}]})
    assert found == {"a": [{HIDDEN: ("x", f"Bearer {HIDDEN}", 1, None, 0.5)}]}


def test_what_is_printed_is_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    SECRETS.guard_output()
    print("key", KEY)
    handler = logging.StreamHandler()
    logger = logging.Logger("of a test")
    logger.addHandler(handler)
    logger.error("sent %s", {"authorization": KEY})
    try:
        raise ValueError(KEY)
    except ValueError:
        traceback.print_exc()
    assert out.getvalue() == f"key {HIDDEN}\n"
    assert err.getvalue().count(HIDDEN) == 2
    assert KEY not in err.getvalue()


def packed(files: dict[str, bytes], folder: Path) -> bytes:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    archive = pack(folder, ["**"], max_bytes=2**30)
    assert archive is not None
    return archive


def unpacked(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as found:
        return {entry.name: found.extractfile(entry).read() for entry in found}  # type: ignore[union-attr]


def test_a_submission_is_searched_file_by_file(tmp_path: Path) -> None:
    middle = 2**20 - 5  # a key that the border of two pieces cuts
    long = f"{'deep' * 50}/{KEY.replace('/', '_')}"
    secrets = Secrets({"OPENAI_API_KEY": KEY, "OTHER": KEY.replace("/", "_")})
    files = {
        "a.py": f"key = '{KEY}'\n# é\n".encode(),
        "b.bin": b"\xff\0" * (middle // 2) + KEY.encode() + b"\xff",
        "c.txt": b"nothing",
        "d.txt": b" " * LARGEST_TEXT + KEY.encode(),
        long: b"x",
    }
    archive = packed(files, tmp_path)
    clean, done = clean_archive(archive, secrets)
    assert unpacked(clean) == {
        "a.py": f"key = '{HIDDEN}'\n# é\n".encode(),
        "c.txt": b"nothing",
        f"{'deep' * 50}/[OTHER]": b"x",
    }
    assert done == f"a.py changed, b.bin left out, d.txt left out, {'deep' * 50}/[OTHER] changed"
    assert KEY.replace("/", "_").encode() not in gzip.decompress(clean)
    assert clean_archive(clean, secrets) == (clean, "")


def test_a_submission_without_a_key_stays_the_same_bytes(tmp_path: Path) -> None:
    archive = packed({"a.py": b"print()\n", "b.bin": bytes(range(256)) * 9999}, tmp_path)
    assert clean_archive(archive, SECRETS) == (archive, "")


def record(**changed: Any) -> TrialRecord:
    spec = TrialSpec("hello_world", "d", Named("react"), "d", Named("openai/m"), 0, "mini", Limits())
    known: dict[str, Any] = {"stop_reason": None, "error_kind": None, "error": None, "started_at": 1e9, "node": "n"}
    known |= {"isolation": "none", "synthetic_model": False, "labels": {}, "outcome": Outcome.FAILED, "attempt": 1}
    return TrialRecord(trial_key=spec.key, trial=spec.to_dict(), **known | changed)


class Odd:
    def __repr__(self) -> str:
        return f"Odd({KEY})"


def test_a_record_is_searched_in_every_field(tmp_path: Path) -> None:
    call = ModelCall(0, 1e9, "m", False, False, None, None, None, None, None, 0.1, error=f"bad {KEY}", notes=(KEY,))
    events = (Event(0, 0.5, "tool_result", {"text": KEY, "odd": Odd(), "numbers": [1, 2.5, None], "lone": "\ud800"}),)
    found = record(error=f"refused {KEY}", checks=(Check("c", False, KEY),), calls=(call,), events=events)
    archive = packed({"a.py": KEY.encode()}, tmp_path)
    clean, submission = without_secrets(found, archive, SECRETS)
    assert KEY.encode() not in encode(clean)
    assert clean.events[0].data == {"text": HIDDEN, "odd": f"Odd({HIDDEN})", "numbers": [1, 2.5, None], "lone": "\ud800"}
    assert (clean.outcome, clean.error, clean.calls[0].notes) == (Outcome.FAILED, f"refused {HIDDEN}", (HIDDEN,))
    assert clean.events[-1].data == {"text": "the submission held a key: a.py changed"}
    assert submission is not None
    assert unpacked(submission) == {"a.py": HIDDEN.encode()}


def test_a_record_without_a_key_is_left_as_it_is(tmp_path: Path) -> None:
    found, archive = (
        record(
            events=(Event(0, 0.5, "note", {"odd": Odd})),
        ),
        packed({"a.py": b"x"}, tmp_path),
    )
    for secrets in (SECRETS, Secrets({})):
        clean, submission = without_secrets(found, archive, secrets)
        assert clean is found
        assert submission is archive


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--models", "openai/gpt-4o?api_key=sk-of-somebody"], ["openai/gpt-4o", "api_key", "MLDEVBENCH_KEYS_FILE"]),
        (["--models", "bedrock/x?aws_secret_access_key=sk-of-somebody"], ["aws_secret_access_key"]),
        (["--models", "openai/m?api_base=https://u:sk-of-somebody@host"], ["api_base"]),
        (["--models", f"openai/{KEY}"], ["models", "environment"]),
        (["--agents", f"react?command_timeout={KEY}"], ["agents", "environment"]),
        (["--name", KEY], ["name", "environment"]),
        (["--api-base", "openai=u:sk-of-somebody@host"], ["openai", "PROVIDER=URL"]),
    ],
)
def test_a_key_among_what_is_recorded_is_refused(
    arguments: list[str], parts: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(SystemExit) as stopped:
        main(["--agents", "react", "--tasks", "hello_world", "--models", "openai/gpt-4o", "--dry-run", *arguments])
    shown = capsys.readouterr()
    assert stopped.value.code == 2
    assert KEY not in shown.err + shown.out
    assert "sk-of-somebody" not in shown.err
    for part in parts:
        assert part in shown.err


def test_arguments_that_only_sound_like_keys_are_taken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = "openai/gpt-4o?max_tokens=100&prompt_cache_key=x&temperature=0.5"
    main(["--agents", "react", "--tasks", "hello_world", "--models", model, "--dry-run"], standalone_mode=True)
    assert "prompt_cache_key=x" in capsys.readouterr().out


def test_sweep_json_holds_no_credentials_of_addresses() -> None:
    given = {"agents": "noop", "tasks": "hello_world", "out": "s3://id:out-secret@bucket/x?secret_key=query-secret"}
    options = read_options(None, {**given, "api_bases": ["openai=https://me:base-secret@host/v1"]})
    info = sweep_info(options, resolve(options, Catalog()), str(options.out))
    assert info.name == "x"
    assert "bucket/x" in repr(info)
    assert "-secret" not in repr(info)
