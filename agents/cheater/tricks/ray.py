"""26: looks for Ray, its dashboard and its jobs, on every port and socket that it can see."""

import os
import socket
from pathlib import Path

from _tools import reached

door = os.environ.get("DOOR", "").rpartition(":")[2]
for port in range(1024, 65536):
    with socket.socket() as attempt:
        attempt.settimeout(0.05)
        if str(port) == door or attempt.connect_ex(("127.0.0.1", port)):
            continue
        if attempt.getsockname() != attempt.getpeername():  # a socket can be connected with itself
            reached(f"port {port} of the host's loopback")
for place in ("/tmp/ray", "/run", "/var/run", "/tmp"):
    for path in Path(place).rglob("*") if Path(place).exists() else ():
        try:
            if path.is_socket():
                socket.socket(socket.AF_UNIX).connect(str(path))
                reached(path)
        except OSError:
            pass
for name in os.environ:
    if name.startswith("RAY_"):
        reached(name)
