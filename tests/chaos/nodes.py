"""Clusters on this machine whose nodes have a cache folder each, and the processes that belong to them."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from mldevbench.paths import home

MARKER = "MLDEVBENCH_TEST_MARKER"


class Nodes:
    """A cluster whose nodes have a cache folder, and so a spool, of their own each. The head runs no trial."""

    def __init__(self, place: Path, count: int) -> None:
        from ray.cluster_utils import Cluster

        self.place = place
        self._made = 0
        self.homes: dict[Any, Path] = {}
        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        for _ in range(count):
            self.add()

    def add(self, *, broken: bool = False, **resources: float) -> Any:
        """Another node; on a `broken` one no trial can run, for it cannot have the task environment."""
        self._made += 1
        own = self.place / f"home-{self._made}"
        own.mkdir()
        for shared in ("envs", "assets", "downloads"):
            (own / shared).symlink_to("/dev/null" if broken else home() / shared)
        have = {"num_cpus": 2, "memory": 12 * 2**30, **resources}
        node = self.cluster.add_node(**have, env_vars={"MLDEVBENCH_HOME": str(own)})
        self.homes[node] = own
        return node

    def remove(self, node: Any) -> None:
        self.cluster.remove_node(node, allow_graceful=False)
        del self.homes[node]

    def lose(self, chance: random.Random, *, disk: bool) -> None:
        """Kills a node, and brings another."""
        node = chance.choice(list(self.homes))
        raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
        workers = raylet.children(recursive=True) if disk else []
        self.cluster.remove_node(node, allow_graceful=False)
        own = self.homes.pop(node)
        if disk:
            for worker in workers:
                with suppress(psutil.Error):
                    worker.kill()
            shutil.rmtree(own, ignore_errors=True)
        self.add()


@contextmanager
def marked(place: Path) -> Iterator[None]:
    """The environment of everything that is started here, so that it can be found again.

    Ray's token is the user's own: a process of Ray's keeps the first one that it has seen.
    """
    before = dict(os.environ)
    os.environ.update({MARKER: str(place), "RAY_AUTH_MODE": "token"})
    os.environ.pop("RAY_ADDRESS", None)
    ray = str(Path(sys.executable).parent / "ray")
    subprocess.run([ray, "get-auth-token", "--generate"], check=True, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def processes(place: Path, name: str = "") -> list[psutil.Process]:
    """Those that inherited the marker, and sandboxes, which have no such variable but the place in their command."""
    found = []
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid in own or process.status() == psutil.STATUS_ZOMBIE:
                continue
            command = " ".join(process.cmdline())
            if name in command and (process.environ().get(MARKER) == str(place) or str(place) in command):
                found.append(process)
    return found
