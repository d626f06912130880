"""29: terminal escapes and markup, as contents and as names."""

from pathlib import Path

from _tools import outputs

evil = "\x1b[2J\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07<script>alert(1)</script>\u202e[bold red]\x9b31m\0"
for path in outputs():
    if path.suffix != ".py":
        path.write_text(evil * 10)
    else:
        path.write_text(f"raise ValueError({evil!r})\n")
    for name in ("\x1b[2J", "<img src=x onerror=alert(1)>", "new\nline", "\udcff", "a" * 250):
        try:
            Path(path.parent, name + path.suffix).write_text(evil)
        except (OSError, UnicodeError):
            pass
