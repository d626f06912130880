import os
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np


def f(x: np.ndarray) -> Any:
    import answer

    return answer.f(x)


def look(paths: list[str], secret: str) -> dict[str, Any]:
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    processes = [path for path in Path("/proc").iterdir() if path.name.isdecimal()]
    return {
        "opened": [path for path in paths if opens(path)],
        "variables": sorted(os.environ),
        "status": status,
        "uid": os.getuid(),
        "program": Path(sys.argv[0]).name,
        "groups": len(os.getgroups()),
        "descriptors": sum(os.path.lexists(f"/proc/self/fd/{n}") for n in range(1024)),
        "processes": len(processes),
        "secrets": [p.name for p in processes if opens(str(p / "environ")) and secret.encode() in (p / "environ").read_bytes()],
        "exe": "writable" if opens("/proc/self/exe", os.O_WRONLY) else "closed",
        "interfaces": [name for _, name in socket.if_nameindex()],
        "modules": [name for name in sys.modules if name in ("grader", "reference")],
    }


def opens(path: str, flags: int = os.O_RDONLY) -> bool:
    try:
        os.close(os.open(path, flags))
    except OSError:
        return False
    return True
