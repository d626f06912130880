"""What every figure is, and how matplotlib draws it so that the page decides its colours and fonts."""

from __future__ import annotations

import io
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mldevbench.report.document import Entry, Line, Table

INK, FAINT = "#010203", "#040506"
"""Stand-ins for the style sheet's colours of text and of lines that matter less; see `_COLOURS`."""
SERIES = tuple(f"#a0000{i}" for i in range(8))
MARKERS = "osD^vPX*"
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "++", "--", "oo")
LINES = ("-", "--", "-.", ":")
_COLOURS = {INK: "var(--ink)", FAINT: "var(--faint)", **{c: f"var(--series-{i})" for i, c in enumerate(SERIES)}}
_INKED = (
    *("text.color", "axes.edgecolor", "axes.labelcolor", "axes.titlecolor"),
    *("xtick.color", "ytick.color", "hatch.color"),
)
Texts = tuple[Sequence[str], Sequence[str]]
"""The labels of a row, and its cells."""
WIDTH = 5.6
"""Inches: narrow enough that a phone shows the whole, with text of 9 points still to be read."""


@dataclass(frozen=True, slots=True)
class Figure:
    """`caption` says n, seeds and the kind of interval; `svg` is empty where there is nothing to draw, and `caption` says why."""

    key: str
    title: str
    svg: str
    caption: str
    table: Table


def look(index: int) -> dict[str, Any]:
    """Colour, marker and line of the arm with this number: no two of 64 share colour and marker, no two of eight either."""
    return {
        "color": SERIES[index % len(SERIES)],
        "marker": MARKERS[(index + 3 * (index // len(SERIES))) % len(MARKERS)],
        "linestyle": LINES[index % len(LINES)],
    }


@contextmanager
def drawing(key: str, height: float, rows: int = 1, columns: int = 1) -> Iterator[tuple[Any, Any, list[str]]]:
    """Gives matplotlib's figure, its axes, and a list that holds the SVG afterwards.

    Text is text, not paths, and no name of an arm is read for mathematics.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Canvas

    style: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": key,
        "text.parse_math": False,
        "font.size": 9,
        "hatch.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "legend.frameon": False,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "grid.color": FAINT,
        "grid.linewidth": 0.5,
        "grid.alpha": 0.6,
        **dict.fromkeys(_INKED, INK),
    }
    found: list[str] = []
    with rc_context(style), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # glyphs that matplotlib's own font lacks: the reader's browser has its own
        canvas = Canvas(figsize=(WIDTH, height), layout="constrained")
        axes = canvas.subplots(rows, columns, squeeze=False)
        yield canvas, axes if rows * columns > 1 else axes[0][0], found
        buffer = io.StringIO()
        canvas.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    found.append(_inline(key, buffer.getvalue()))


def _inline(key: str, svg: str) -> str:
    """The element alone: identifiers that are the figure's own, colours by the style sheet, a size that may shrink."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<[^>]+>", lambda tag: _restyled(key, tag[0]), svg)  # tags alone: texts are of results, and stay as they are
    return re.sub(r'<svg ([^>]*?)width="[^"]*" height="[^"]*"|<svg height="[^"]*" width="[^"]*"', r"<svg \1", svg, count=1)


def _restyled(key: str, tag: str) -> str:
    tag = re.sub(r'\bid="', f'id="{key}-', tag)
    tag = re.sub(r'(url\(|href=")#', rf"\g<1>#{key}-", tag)
    for stand_in, colour in _COLOURS.items():
        tag = tag.replace(stand_in, colour)
    return tag


def legend(canvas: Any, **style: Any) -> None:
    """What is labelled anywhere in the figure, above it; the figure grows by as much."""
    found = {label: handle for axes in canvas.axes for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    labels = list(found)
    lines = sum(max(label.count("\n") + 1 for label in labels[i : i + 2]) for i in range(0, len(labels), 2))
    canvas.set_figheight(canvas.get_figheight() + 0.14 * lines)
    canvas.legend(found.values(), labels, **{"loc": "outside upper left", "ncols": 2, "fontsize": 8, **style})


def bars_of(axes: Any, names: Sequence[str]) -> None:
    """The vertical axis holds these names, the first on top."""
    axes.set_yticks(range(len(names)), [folded(n) for n in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)


def folded(name: str, width: int = 25) -> str:
    """On at most three lines, the last of which tells the arms of a grid apart."""
    lines = textwrap.wrap(name, width)
    return "\n".join(lines if len(lines) <= 3 else [lines[0], "…", lines[-1]])


def rows(key: str, title: str, head: Sequence[str], columns: Sequence[str], found: Sequence[Texts]) -> Table:
    """A table of ready texts."""
    lines = [
        Line(tuple(labels), tuple(Entry(labels[0], c, c, t) for c, t in zip(columns, texts, strict=True)))
        for labels, texts in found
    ]
    return Table(key, title, tuple(head), tuple(columns), tuple(lines))


def percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f}%"


def ends(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{100 * low:.0f} to {100 * high:.0f}%"
