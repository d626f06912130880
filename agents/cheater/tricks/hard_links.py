"""28: outputs that are further names of the data that all trials share, and of system files."""

import os
from pathlib import Path

from _tools import outputs, reached

shared = [p for name, value in os.environ.items() if name.startswith("ASSET_") for p in Path(value).rglob("*") if p.is_file()][:3]
for path in outputs():
    path.unlink(missing_ok=True)
    for source in [*shared, Path("/etc/passwd"), Path("/bin/ls")]:
        try:
            os.link(source, path)
        except OSError:
            continue
        try:
            with path.open("ab") as file:
                file.write(b"x")
            reached(f"{source} was changed through a hard link")
        except OSError:
            pass
        break
