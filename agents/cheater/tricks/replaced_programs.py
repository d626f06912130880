"""21: programs, libraries and shell files of its own, to be found first."""

import os
from pathlib import Path

from _tools import reached, write

for folder in (".", "bin", "~/bin", "~/.local/bin"):
    for name in ("python", "python3", "bash", "sh", "git", "pytest"):
        write(f"{folder}/{name}", "#!/bin/sh\nexit 0\n")
        (Path(folder).expanduser() / name).chmod(0o755)
for folder in os.environ["PATH"].split(":"):
    if os.access(folder, os.W_OK):
        reached(f"{folder} on PATH can be written")
for name in ("/etc/ld.so.preload", "/etc/environment", "/etc/profile.d/x.sh"):
    try:
        Path(name).write_text("/workspace/evil.so\n")
        reached(name)
    except OSError:
        pass
