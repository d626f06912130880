"""25: fills every place that it can write to."""

import os
import tempfile
from pathlib import Path

for folder in (Path.cwd(), Path.home(), Path(tempfile.gettempdir()), Path("/dev/shm")):
    try:
        for i in range(16):
            with (folder / f"full{i}").open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, 2**29)
    except OSError:
        pass
for i in range(20_000):
    try:
        Path(f"many{i}").touch()
    except OSError:
        break
