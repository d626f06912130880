"""The pages of `mldevbench view`, clicked through in a real browser, over results of a real trial and of a hostile one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.testclient import TestClient

from mldevbench.catalog import Catalog
from mldevbench.local import local_node
from mldevbench.outcome import Check, Event, Outcome, TrialRecord
from mldevbench.results import ResultsWriter, SweepInfo
from mldevbench.results.storage import Storage
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import Finished, run_trial
from mldevbench.view.app import application
from mldevbench.view.index import Index

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\x1b[31mred\u202e"
SHOWN = "<img src=x onerror=alert(1)><script>alert(2)</script>?[31mred?"


async def solved() -> Finished:
    catalog = Catalog()
    task, agent = catalog.task("lora"), catalog.agent("react")
    spec = TrialSpec(
        task.id, task.digest, Named("react"), agent.digest, Named("scripted/oracle"), 0, "mini", Limits(max_steps=50)
    )
    async with local_node() as node:
        return await run_trial(spec, catalog=catalog, node=node)


def another(record: TrialRecord, seed: int) -> TrialRecord:
    """A trial like this one whose agent and grader had only markup and escapes to say."""
    spec = replace(TrialSpec.from_dict(record.trial), seed=seed)
    events = (
        Event(0, 0.1, "model", {"text": HOSTILE, "calls": [HOSTILE]}),
        Event(1, 0.2, "tool_call", {"name": HOSTILE, "arguments": HOSTILE}),
        Event(2, 0.3, "tool_result", {"name": "shell", "text": HOSTILE}),
    )
    checks = (Check(HOSTILE, False, HOSTILE),)
    return replace(record, trial_key=spec.key, trial=spec.to_dict(), outcome=Outcome.FAILED, events=events, checks=checks)


@pytest.fixture(scope="module")
def finished() -> Finished:
    found = anyio.run(solved)
    assert found.record.outcome is Outcome.PASSED
    return found


@pytest.fixture
def results(tmp_path: Path, finished: Finished) -> Iterator[ResultsWriter]:
    """One trial sealed in a part, one in the journal still."""
    writer = ResultsWriter.open(str(tmp_path / "results"), SweepInfo("<b>study", "mini", {}))
    writer.append(finished.record, finished.submission)
    writer.seal()
    writer.append(another(finished.record, 1))
    yield writer
    writer.close()


@pytest.fixture
def address(results: ResultsWriter) -> Iterator[str]:
    command = [sys.executable, "-m", "mldevbench.cli", "view", results.place]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert ": 2 attempts; open http://127.0.0.1:" in line
        yield next(word for word in line.split() if word.startswith("http"))
        server.terminate()


@pytest.fixture(scope="module")
def browser(finished: Finished) -> Iterator[Browser]:
    """After the trial: Playwright keeps an event loop of its own running in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page on which nothing goes wrong unseen, and which asks nobody but its own server for anything."""
    page = browser.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(f"dialog {dialog.message}"))
    page.on("request", lambda request: None if request.url.startswith((address, "data:")) else wrong.append(request.url))
    page.goto(address)
    yield page
    page.close()
    assert not wrong


def test_from_the_matrix_to_a_tool_call(page: Page) -> None:
    expect(page.get_by_role("row", name="Overall")).to_contain_text("50% 1/2")
    expect(page.locator("#sweep")).to_have_text("<b>study, mini: 2 attempts")
    page.get_by_role("link", name="lora, react scripted/oracle: 1 of 2 passed").click()
    expect(page.get_by_role("main")).to_contain_text("2 attempts")
    page.get_by_role("link", name="trial of lora, react scripted/oracle, seed 0").click()
    expect(page.get_by_role("heading", name="checks passed")).to_be_visible()
    call = page.locator(".event.tool_call").filter(has_text="edit_file")
    expect(call.locator("pre").first).to_have_text("lora.py")
    expect(page.locator(".event.model").first).to_contain_text(" in, ")
    call.get_by_role("link").click()  # a deep link to this very event
    page.reload()
    expect(page.locator(".event.at")).to_contain_text("edit_file")
    page.get_by_role("link", name="files").click()
    expect(page.locator("pre.diff").first).to_contain_text("+++ b/lora.py")
    page.get_by_role("link", name="calls").click()
    expect(page.locator("tbody tr")).to_have_count(7)


def test_the_keys_go_all_the_way_and_back(page: Page) -> None:
    expect(page.locator(".row")).to_have_count(1)
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".row")).to_have_count(2)
    for key in ("j", "j", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#crumbs")).to_contain_text("seed 1")
    page.keyboard.press("[")
    expect(page.locator("#crumbs")).to_contain_text("seed 0")
    page.keyboard.press("3")
    expect(page.locator("[aria-current=page]")).to_have_text("calls")
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(page.get_by_role("heading", name="Successes by task and arm")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("failed lora")
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_have_count(1)


def test_markup_and_escapes_are_shown_as_text(page: Page, address: str, finished: Finished) -> None:
    page.goto(f"{address}#/trial/{another(finished.record, 1).trial_key}/1")
    expect(page.locator(".event.tool_result pre")).to_have_text(SHOWN)
    expect(page.locator(".event.model .text")).to_have_text(SHOWN)
    expect(page.locator(".checks li")).to_have_text(SHOWN + SHOWN)
    assert page.locator("main img, main script").count() == 0


def test_a_growing_sweep_is_followed(page: Page, results: ResultsWriter, finished: Finished) -> None:
    cell = page.locator(".cell").first
    expect(cell).to_contain_text("1/2")
    results.append(another(finished.record, 2))
    expect(cell).to_contain_text("1/3", timeout=15_000)
    results.seal()
    results.append(another(finished.record, 3))
    expect(cell).to_contain_text("1/4", timeout=15_000)


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_window(page: Page, address: str, finished: Finished, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    key = finished.record.trial_key
    for place in ("", "trials", f"trial/{key}/1/trajectory", f"trial/{key}/1/files", f"trial/{key}/1/calls"):
        page.goto(f"{address}#/{place}")
        expect(page.locator("main h1")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place


def test_visitors_from_elsewhere_need_the_token(results: ResultsWriter) -> None:
    index = Index(Storage.at(results.place))
    here = TestClient(application(index), base_url="http://127.0.0.1")
    assert here.get("/api/sweep").json()["attempts"] == 2
    assert here.get("/api/trials/nothing").status_code == 404
    assert here.get("/../app.py").status_code == 404
    rebound = TestClient(application(index), base_url="http://somebody.example")
    assert rebound.get("/api/sweep").status_code == 403
    guarded = TestClient(application(index, token="secret"), base_url="https://node7.example")
    assert guarded.get("/api/sweep").status_code == 401
    assert guarded.get("/?token=wrong").status_code == 401
    assert guarded.get("/?token=secret").status_code == 200
    assert guarded.get("/api/sweep").status_code == 200, "the cookie is enough from then on"


def test_an_entry_that_is_sealed_meanwhile_is_found_again(results: ResultsWriter, finished: Finished) -> None:
    index = Index(Storage.at(results.place))
    (row,) = index.rows_of(another(finished.record, 1).trial_key)
    results.seal()
    assert len(index.detail("events", row)) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "error: nowhere holds no sweep (no sweep.json); name a results folder"),
        ([".", "--host", "moon"], "error: --host 'moon' is no address; give one such as 127.0.0.1 or 0.0.0.0"),
        ([".", "--port", "99999"], "error: --host 127.0.0.1 --port 99999 cannot be listened on"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], words: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mldevbench.cli", "view", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(words)
    assert done.stderr.count("\n") == 1
