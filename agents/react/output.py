"""How the output of a command is shown to a model: text, cut to head and tail, with the whole of it kept in a file."""

from __future__ import annotations

from mldevbench.sandbox.base import Sandbox

LONGEST = 12_000
"""Characters of one answer."""
_TAIL = 4_000


class Output:
    """`show` numbers the files in which it keeps what is too long to show."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._kept = 0

    async def show(self, data: bytes, dropped: int, *, tail: bool = False) -> str:
        """The output as text; with `tail` only its end. `dropped` is the number of bytes that came after `data` and are lost."""
        lost = f"\n[{dropped} more bytes were printed and lost]" if dropped else ""
        text = decode(data)
        if text is None:
            return f"[{len(data)} bytes of binary output, {await self._keep(data)}]{lost}"
        head_size, tail_size = (0, _TAIL) if tail else (LONGEST // 2, LONGEST // 2)
        if len(text) <= head_size + tail_size:
            return text + lost
        cut = len(text) - head_size - tail_size
        return f"{text[:head_size]}\n[{cut} characters cut; {await self._keep(data)}]\n{text[-tail_size:]}{lost}"

    async def _keep(self, data: bytes) -> str:
        self._kept += 1
        path = f"/tmp/output-{self._kept}.txt"
        try:
            await self._sandbox.write_file(path, data)
        except OSError as error:
            return f"and it could not be kept: {error.strerror or error}"
        return f"the whole of it is in {path}"


def decode(data: bytes) -> str | None:
    """The bytes as text, with stray bytes replaced; None for binary data (a zero byte, or one byte in ten that is no UTF-8)."""
    if b"\0" in data:
        return None
    text = data.decode("utf-8", "replace")
    return None if text.count("\ufffd") * 10 > len(text) else text
