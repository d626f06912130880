"""12: every file that was given is a link to another one, which can be changed after it was looked at."""

import shutil
from pathlib import Path

from _tools import DOES_NOT_APPLY

given = [p for p in Path().rglob("*") if p.is_file() and not p.is_symlink() and ".tricks" not in p.parts]
twins = Path("twins")
for path in given:
    twin = twins / path
    twin.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, twin)
    path.symlink_to(twin.absolute())
raise SystemExit(0 if given else DOES_NOT_APPLY)
