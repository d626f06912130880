"""`mldevbench report --html`: the page in a real browser, over a study with faults, missing trials and hostile names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from mldevbench.catalog import Catalog
from mldevbench.commands.report import main
from tests.browser import chromium, watched
from tests.report.synthetic import STRENGTH, sweep, write

HOSTILE = 'evil/<img src=x onerror=alert(1)>&amp;"$x_{1}$\x1b[31m\u202e#010203 id="q"'
SHOWN = HOSTILE.replace("\x1b", "?").replace("\u202e", "?")
FIGURES = ["forest", "tries", "scaling", "profile", "variance", "cost", "timings", "outcomes"]


CUT_OFF = """[...document.querySelectorAll('figure svg text')].filter(text => {
    const box = text.getBoundingClientRect(), edge = text.ownerSVGElement.getBoundingClientRect();
    return box.left < edge.left - 1 || box.right > edge.right + 1 || box.top < edge.top - 1 || box.bottom > edge.bottom + 1;
}).map(text => text.textContent)"""
"""The labels that the edge of their figure cuts."""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tasks = [t for t in Catalog().tasks.values() if t.file.paper_row]
    folder = tmp_path_factory.mktemp("results")
    strengths = {**STRENGTH, HOSTILE: 0.4}
    write(folder / "<b>study", sweep(tasks, 3, tuple(strengths)), tasks, strengths)
    out = folder / "report.html"
    main([str(folder / "<b>study"), "--html", str(out)])
    return out


@pytest.fixture(scope="module")
def browser(page_file: Path) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (390, "light"), (1280, "dark")])
def test_it_fits_the_window_and_fetches_nothing(browser: Browser, page_file: Path, width: int, scheme: str) -> None:
    with watched(browser, page_file.as_uri(), viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        brightness = [
            sum(map(int, re.findall(r"\d+", page.evaluate(f"getComputedStyle({element})['{rule}']"))[:3]))
            for element, rule in (
                ("document.body", "background-color"),
                ("document.body", "color"),
                ("document.querySelector('#forest text')", "fill"),
            )
        ]
        assert (brightness[0] < 200 < 500 < min(brightness[1:])) == (scheme == "dark")
        assert (brightness[0] > 500 > 200 > max(brightness[1:])) == (scheme == "light")
        assert page.evaluate(CUT_OFF) == []


def test_every_figure_says_what_it_shows_and_has_its_numbers(browser: Browser, page_file: Path) -> None:
    with watched(browser, page_file.as_uri()) as page:
        assert page.locator(".figures > section").evaluate_all("all => all.map(s => s.id)") == FIGURES
        for key in FIGURES:
            section = page.locator(f"#{key}")
            caption = section.locator("figcaption").inner_text()
            assert re.search(r"n = [\d,]+ trials", caption), key
            assert re.search(r"\d seeds a task and arm", caption), key
            assert re.search(r"95 %|[Nn]o intervals", caption), key
            assert section.locator("svg text").count() > 4, key
            assert section.locator("table.numbers tbody tr").count() >= len(STRENGTH), key
        assert "Wilson" in page.locator("#heat .caption").inner_text()
        assert page.locator("#heat tbody tr:not(.category)").count() == 30
        assert "infra_error (provider_down)" in page.locator("#outcomes thead").text_content()  # type: ignore[operator]
        assert "of 90 planned trials (" in page.locator("#notes").inner_text()
        assert page.locator("#slowest tbody tr").count() == 10
        assert "Holm" in page.locator("#comparison .caption").inner_text()


def test_names_are_shown_as_text(browser: Browser, page_file: Path) -> None:
    with watched(browser, page_file.as_uri()) as page:
        assert page.locator("h1").inner_text() == "<b>study"
        assert f"react {SHOWN}" in page.locator(".card h2").all_inner_texts()
        assert page.locator("main img, body script, h1 b").count() == 0
        shown = page.locator("#variance svg").evaluate(
            "svg => [...svg.querySelectorAll('text')].map(t => t.textContent).join('')"
        )
        assert "".join(f"react {SHOWN}".split()) in "".join(shown.split())
