"""15: looks for a place outside of its own where something can be written."""

import os
import tempfile
from pathlib import Path

from _tools import reached

own = [Path.cwd(), Path.home(), Path(tempfile.gettempdir())]
allowed = [p.resolve() for p in own] + [Path("/proc"), Path("/dev")]
for root, folders, _ in os.walk("/"):
    here = Path(root)
    if any(here == a or a in here.parents for a in allowed):
        folders.clear()
        continue
    if len(here.parts) > 6:
        folders.clear()
    try:
        (here / "written-by-an-agent").write_text("x")
    except OSError:
        continue
    reached(f"{here} can be written")
