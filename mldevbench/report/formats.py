"""A document as text for a terminal, Markdown, CSV, LaTeX or JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from mldevbench.report.document import Document, Entry, Table
from mldevbench.report.text import plain

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 200
"""Columns that are written to a file or a pipe."""


def print_document(document: Document) -> None:
    """On the terminal, or as wide as it likes where there is none."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = max([WIDE, *(len(t.columns) * 24 + 90 for t in document.tables)])
    for table in document.tables:
        _print_table(console, table, titled=len(document.tables) > 1)
    for note in document.notes:
        console.print(plain(note), soft_wrap=True)


def _print_table(console: Console, table: Table, *, titled: bool) -> None:
    from rich import box
    from rich.table import Table as Rich
    from rich.text import Text

    shown = Rich(box=box.SIMPLE_HEAD, title=table.title if titled else None, title_justify="left")
    for number, name in enumerate(table.head):
        shown.add_column(name, justify="left" if number == 0 else "right")
    for name in table.columns:
        shown.add_column(Text(plain(name)), justify="right")
    for number, line in enumerate(table.lines):
        if table.total and number == len(table.lines) - 1:
            shown.add_section()
        shown.add_row(*(Text(plain(word)) for word in (*line.labels, *(e.text for e in line.entries))))
    console.print(shown)


def markdown(document: Document) -> str:
    lines = [f"# {_markdown(document.title)}", ""]
    for table in document.tables:
        lines += [f"## {_markdown(table.title)}", ""]
        head = (*table.head, *table.columns)
        lines.append("| " + " | ".join(_markdown(word) for word in head) + " |")
        lines.append("| " + " | ".join(["---"] * len(table.head) + ["---:"] * len(table.columns)) + " |")
        for line in table.lines:
            words = (*line.labels, *(e.text for e in line.entries))
            lines.append("| " + " | ".join(_markdown(word) for word in words) + " |")
        lines.append("")
    return "\n".join([*lines, *(f"- {_markdown(note)}" for note in document.notes)]) + "\n"


def latex(document: Document) -> str:
    """One `table` for each, for a document that uses the package booktabs."""
    parts = ["% \\usepackage{booktabs}"]
    for table in document.tables:
        head = (*table.head, *table.columns)
        rows = [" & ".join(_latex(w) for w in (*r.labels, *(e.text for e in r.entries))) + r" \\" for r in table.lines]
        if table.total:
            rows.insert(len(rows) - 1, r"\midrule")
        parts += [
            r"\begin{table}\centering",
            rf"\caption{{{_latex(table.title)}}}",
            rf"\begin{{tabular}}{{{'l' * len(table.head)}{'r' * len(table.columns)}}}",
            r"\toprule",
            " & ".join(_latex(word) for word in head) + r" \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    return "\n".join([*parts, *(f"% {plain(note)}" for note in document.notes)]) + "\n"


def csv_text(document: Document) -> str:
    """One line for each number of all tables; `table` says which it is of."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    names = [f.name for f in fields(Entry)]
    writer.writerow(["table", *names])
    for table in document.tables:
        for line in table.lines:
            for entry in line.entries:
                values = asdict(entry)
                writer.writerow([table.name, *("" if values[name] is None else values[name] for name in names)])
    return buffer.getvalue()


def json_text(document: Document) -> str:
    tables = [
        {"name": t.name, "title": t.title, "entries": [asdict(entry) for line in t.lines for entry in line.entries]}
        for t in document.tables
    ]
    return json.dumps({"title": document.title, "tables": tables, "notes": list(document.notes)}, indent=1) + "\n"


FORMATS: Mapping[str, Callable[[Document], str]] = {"markdown": markdown, "csv": csv_text, "latex": latex, "json": json_text}
"""Besides `text`, which `print_document` prints."""

_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$"}
_LATEX |= {c: "\\" + c for c in "&%$#_{}"} | {"<": r"\textless{}", ">": r"\textgreater{}"}


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", plain(text)).replace("&", "&amp;")


def _latex(text: str) -> str:
    return "".join(_LATEX.get(c, c) for c in plain(text))
