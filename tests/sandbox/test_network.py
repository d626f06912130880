"""Network for the tasks that ask for it, without the host's loopback."""

from __future__ import annotations

import os
import shutil
import socket

import pytest

from mldevbench.outcome import UserError
from tests.sandbox.helpers import WEAK, Open, processes_with

pytestmark = pytest.mark.anyio

ASK = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3); print('reached')"


async def test_network_that_cannot_be_had_is_said_at_once(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="cannot be had with isolation .*landlock"):
        async with opened(WEAK, network="full"):
            pass
    with pytest.raises(UserError, match="'half' is unknown"):
        async with opened("bwrap", network="half"):
            pass
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match="needs pasta"):
        async with opened("bwrap", network="full"):
            pass


if shutil.which("pasta") and os.access("/dev/net/tun", os.R_OK | os.W_OK):

    async def test_a_sandbox_with_network_cannot_reach_the_hosts_loopback(opened: Open) -> None:
        async with opened("bwrap", network="full") as sandbox:
            routes = await sandbox.exec("cat /proc/net/route; cat /etc/resolv.conf")
            assert b"\t00000000\t" in routes.output
            assert b"nameserver" in routes.output
            with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("0.0.0.0", 0)) as wide:
                for listener in (server, wide):
                    port = str(listener.getsockname()[1])
                    for address in ("127.0.0.1", "localhost", socket.gethostbyname(socket.gethostname())):
                        assert b"reached" not in (await sandbox.exec(["python3", "-c", ASK, address, port])).output
            helpers = set(processes_with("--no-map-gw"))
            assert helpers
        assert not helpers & set(processes_with("--no-map-gw"))
