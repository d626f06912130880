"""The grader's side of a probe: asks the untrusted process questions and believes only the form of its answers."""

from __future__ import annotations

import contextlib
import secrets
import select
import socket
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from mldevbench.grading import protocol
from mldevbench.grading.safe import printable
from mldevbench.outcome import SubmissionError

CALL_TIMEOUT_S = 60.0
_FAREWELL_S = 2.0


class Unchecked(np.ndarray[Any, Any]):
    """An array as a probe sent it, perhaps in the place of a plain value: it is equal to nothing, and neither true nor false.

    `expect_array` makes an ordinary array of it.
    """

    def __eq__(self, other: object) -> Any:
        return False

    def __ne__(self, other: object) -> Any:
        return True

    def __bool__(self) -> bool:
        if self.size == 1:
            return bool(self.item())
        raise SubmissionError("an array was sent where none is expected")


class ProbeError(SubmissionError):
    """The probe died, was too slow, raised, or answered with something that is no answer."""


class Probe:
    """A fresh sandbox over a copy of the submission, with the task's probe.py loaded in it.

    `last_words` ends the process and hands back the end of what it wrote to stderr. `deadline` is a time of time.monotonic()
    after which no answer is waited for, however much time a call has left.
    """

    def __init__(
        self, sock: socket.socket, source: str, bounds: protocol.Bounds, deadline: float, last_words: Callable[[], str]
    ) -> None:
        self._sock = sock
        self._bounds = bounds
        self._deadline = deadline
        self._last_words = last_words
        self._source: str | None = source
        self._broken = False

    def call(self, function: str, /, *, timeout_s: float = CALL_TIMEOUT_S, **arguments: Any) -> Any:
        """Calls `function` of probe.py with keyword arguments and returns what it returned.

        Arguments and answer are None, booleans, numbers, strings, and lists, string-keyed dictionaries and arrays of them;
        for the arrays of the answer, which are `Unchecked`, there is `expect_array`.
        Raises ProbeError. After an exception that the function raised the probe can still be used, after any other fault not.
        """
        if self._broken:
            raise ProbeError(f"probe.{function}: the probe is no longer usable")
        deadline = min(time.monotonic() + timeout_s, self._deadline)
        identifier = secrets.token_hex(8)
        try:
            self._check_silence()
            if self._source is not None:
                protocol.send(self._sock, {"source": self._source}, deadline=deadline)
                self._source = None
            question = {"id": identifier, "function": function, "arguments": arguments}
            protocol.send(self._sock, question, deadline=deadline)
            answer = protocol.receive(self._sock, self._bounds, deadline=deadline, arrays_as=Unchecked)
            value = self._read_answer(identifier, answer)
        except (protocol.ProtocolError, EOFError) as error:
            self._broken = True
            words = self._last_words()
            reason = str(error) or "the process ended without an answer"
            raise ProbeError(f"probe.{function}: {printable(reason)}" + (f"; its last words: {words}" if words else "")) from None
        if isinstance(value, ProbeError):
            raise ProbeError(f"probe.{function}: {value}")
        return value

    def finish(self) -> None:
        """Hangs up and waits a moment for the process to end. Raises ProbeError when it says something that nobody asked for."""
        said = b""
        if not self._broken:
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_WR)
                self._sock.settimeout(_FAREWELL_S)
                said = self._sock.recv(1)
        self._broken = True
        if said:
            raise ProbeError("probe: it spoke without being asked")

    def _check_silence(self) -> None:
        with contextlib.suppress(OSError):
            readable, _, _ = select.select([self._sock], [], [], 0)
            if readable and self._sock.recv(1, socket.MSG_PEEK):
                raise protocol.ProtocolError("it spoke without being asked")

    def _read_answer(self, identifier: str, answer: Any) -> Any:
        if not isinstance(answer, dict) or answer.get("id") != identifier:
            raise protocol.ProtocolError("the answer belongs to no question")
        if answer.keys() == {"id", "value"}:
            return answer["value"]
        if answer.keys() == {"id", "error"} and isinstance(answer["error"], str):
            return ProbeError(printable(answer["error"], 2000))
        raise protocol.ProtocolError("the answer is malformed")
