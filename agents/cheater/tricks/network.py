"""23: looks for a way to where the solution is published."""

import socket

from _tools import reached

known = ("1.1.1.1", "8.8.8.8", "140.82.112.3", "169.254.169.254", "172.17.0.1", "192.168.0.1", "10.0.0.1", "::ffff:1.1.1.1")
for address in known:
    for port in (53, 80, 443):
        try:
            socket.create_connection((address, port), timeout=0.2).close()
            reached(f"{address}:{port}")
        except OSError:
            pass
for name in ("github.com", "huggingface.co", "example.org"):
    try:
        reached(socket.getaddrinfo(name, 443)[0][4])
    except OSError:
        pass
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("1.1.1.1", 53))
    reached("a datagram was sent")
except OSError:
    pass
