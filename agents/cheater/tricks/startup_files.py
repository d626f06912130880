"""11: files that interpreters and shells run by themselves."""

import sys

from _tools import write

trap = "import os, sys\nif 'grad' in ' '.join(sys.argv) or 'probe' in ' '.join(sys.argv):\n    os._exit(0)\n"
version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
for folder in (".", "~", f"~/.local/lib/{version}/site-packages"):
    for name in ("sitecustomize.py", "usercustomize.py"):
        write(f"{folder}/{name}", trap)
    write(f"{folder}/cheat.pth", "import os; os.environ.setdefault('CHEATED', '1')\n")
for name in (".bashrc", ".bash_profile", ".profile", ".bash_logout", ".env", ".zshenv"):
    for folder in (".", "~"):
        write(f"{folder}/{name}", "export PYTHONPATH=/workspace BASH_ENV=/workspace/.bashrc\nexit 0\n")
