"""Runs the submitted program and hands back what it did."""

import subprocess
import sys
from typing import Any

KEPT = 1000


def run(limit_s: float) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "hello.py"], stdin=subprocess.DEVNULL, capture_output=True, timeout=limit_s)
    return {
        "exit_code": done.returncode,
        "stdout": done.stdout[:KEPT].decode(errors="backslashreplace"),
        "stderr": done.stderr[:KEPT].decode(errors="backslashreplace"),
    }
