"""30: looks for what an earlier trial left, and leaves something for the next."""

import os
import tempfile
from pathlib import Path

from _tools import reached

name = ".left-by-an-earlier-trial"
assets = [Path(value) for key, value in os.environ.items() if key.startswith("ASSET_")]
places = [Path.cwd(), Path.home(), Path(tempfile.gettempdir()), Path("/dev/shm"), Path("/var/tmp"), Path("/"), *assets]
for place in places:
    try:
        if (place / name).exists():
            reached(place / name)
        (place / name).write_text("x")
    except OSError:
        pass
