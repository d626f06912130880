"""The untrusted side of a probe: loads the task's probe.py in a sandbox and answers the grader's calls.

It shares its process with the agent's code, so nothing that it says is believed. Standard library and numpy only.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import socket
import sys
import types
from typing import Any

import numpy as np

from mldevbench.grading import protocol

PRELOAD = ("numpy", "torch")
"""Loaded before the submission's folder is on the path, warm or cold, so that no file in it stands in for them."""


def preload(*more: str) -> None:
    for name in (*PRELOAD, *more):
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)


def serve(data_fd: int, stderr_fd: int, folder: str) -> None:
    """Answers calls until the grader hangs up. Takes over the process: descriptors, current folder, import path."""
    sock = _take_descriptors(data_fd, stderr_fd)
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    random.seed()
    np.random.seed()  # a forked process would go on with the state of the one that it was forked from
    with contextlib.suppress(EOFError):
        start = protocol.receive(sock, protocol.Bounds())
        module = types.ModuleType("probe")
        sys.modules["probe"] = module
        exec(compile(start["source"], "probe.py", "exec"), module.__dict__)
        while True:
            call = protocol.receive(sock, protocol.Bounds())
            for part in _answer(module, call):
                sock.sendall(part)


def _answer(module: types.ModuleType, call: dict[str, Any]) -> list[bytes]:
    """The frame that answers a call: its identifier, and the value or what went wrong."""
    try:
        value = getattr(module, call["function"])(**call["arguments"])
        return protocol.encode({"id": call["id"], "value": value})
    except Exception as error:
        words = f"{type(error).__name__}: {error}"[:2000].encode(errors="replace").decode()
        return protocol.encode({"id": call["id"], "error": words})


def _take_descriptors(data_fd: int, stderr_fd: int) -> socket.socket:
    """Standard input and output become /dev/null, standard error the bounded pipe; beside them only the socket is left."""
    sock = socket.socket(fileno=os.dup(data_fd))
    os.dup2(stderr_fd, 2)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.closerange(3, sock.fileno())
    os.closerange(sock.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    return sock
