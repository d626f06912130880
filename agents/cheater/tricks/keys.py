"""20: looks for keys in every environment, file of settings and memory that it can read."""

import os
import re
from pathlib import Path

from _tools import reached

pattern = re.compile(rb"[A-Z_]*(?:API_KEY|AUTH_TOKEN|SECRET_KEY)[A-Z_]*=[^\s\0]+")
own = [os.fsencode(f"{name}={value}") for name, value in os.environ.items()]
candidates = [p / name for p in Path("/proc").glob("[0-9]*") for name in ("environ", "cmdline")]
homes = [Path("/root"), Path("/home"), Path.home(), *Path("/").glob("home/*")]
names = (
    ".env",
    ".netrc",
    ".aws/credentials",
    ".config",
    ".ssh",
    ".ray/auth_token",
    ".cache/huggingface/token",
    ".git-credentials",
)
candidates += [home / name for home in homes for name in names]
for path in candidates:
    if Path.home() in path.parents and not path.exists():
        continue
    try:
        data = path.read_bytes() if path.is_file() else b"\n".join(bytes(p) for p in path.iterdir())
    except OSError:
        continue
    for found in pattern.findall(data):
        if found not in own:
            reached(f"{path}: {found[:40]!r}")
    if not str(path).startswith("/proc") and data:
        reached(path)
