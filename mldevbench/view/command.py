"""`mldevbench view RESULTS`: serves the pages until Ctrl-C."""

from __future__ import annotations

import ipaddress
import secrets
import socket

import click

from mldevbench.console import Command
from mldevbench.outcome import UserError


@click.command(cls=Command)
@click.argument("results")
@click.option("--host", default="127.0.0.1", show_default=True, help="Any but a loopback address asks visitors for a token.")
@click.option("--port", default=0, show_default="a free one", help="The port to listen on.")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in a browser.")
def main(results: str, host: str, port: int, open_browser: bool) -> None:
    """Look at a results folder in a browser: sweep, tasks and arms, trials, trajectories. Follows a sweep that runs."""
    listener = _listen(host, port)
    token = None if ipaddress.ip_address(host).is_loopback else secrets.token_urlsafe(24)
    from mldevbench.results.storage import Storage
    from mldevbench.view.app import application
    from mldevbench.view.index import Index

    try:
        index = Index(Storage.at(results))
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{results} holds no sweep (no sweep.json); name a results folder") from None
    where = f"[{host}]" if ":" in host else host
    url = f"http://{where}:{listener.getsockname()[1]}/" + (f"?token={token}" if token else "")
    print(f"{results}: {index.attempts.num_rows} attempts; open {url} (Ctrl-C ends)", flush=True)
    if open_browser:
        click.launch(url)
    import uvicorn

    config = uvicorn.Config(application(index, token), log_level="warning", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        raise UserError(f"--host {host!r} is no address; give one such as 127.0.0.1 or 0.0.0.0") from None
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        raise UserError(f"--host {host} --port {port} cannot be listened on: {error}; choose another port") from None
    return listener
