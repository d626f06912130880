"""Sandboxes without an exec server, as grading uses them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import anyio
import pytest

from mldevbench.outcome import UserError
from mldevbench.sandbox import SandboxLimits, SandboxSpec, open_enclosure
from tests.sandbox.helpers import PYTHON, WEAK, processes_with

pytestmark = pytest.mark.anyio


async def test_a_program_talks_over_the_descriptors_that_it_is_given(tier: str, workspace: Path) -> None:
    question, ask = os.pipe()
    answer, reply = os.pipe()
    code = (
        "import os; os.write(4, os.read(3, 100).upper()); print('lost'); open('fds', 'w').write(str([*filter(held, range(100))]))"
    )
    code = "def held(fd):\n try: return os.fstat(fd)\n except OSError: return None\n" + code
    spec = SandboxSpec(workspace=workspace, python=PYTHON)
    argv = [str(PYTHON), "-I", "-S", "-c", code]
    async with open_enclosure(spec, tier=tier, argv=argv, fds={question: 3, reply: 4}) as enclosure:
        os.write(ask, b"question")
        await anyio.wait_readable(answer)
        assert os.read(answer, 100) == b"QUESTION"
        assert await enclosure.wait() == 0
        assert (workspace / "fds").read_text() == "[0, 1, 2, 3, 4, 5]"  # the last is the list's own
        assert enclosure.fault is None
    for fd in (question, ask, answer, reply):
        os.close(fd)


async def test_exit_codes_and_the_end(tier: str, workspace: Path) -> None:
    spec = SandboxSpec(workspace=workspace, python=PYTHON)
    word = f"85{secrets.randbelow(10**9)}"
    async with open_enclosure(spec, tier=tier, argv=["/bin/bash", "-c", f"setsid sleep {word} & kill -9 $$"]) as enclosure:
        assert await enclosure.wait() == 128 + 9
        assert not processes_with(word)
    async with open_enclosure(spec, tier=tier, argv=["/bin/bash", "-c", f"sleep {word}"]):
        pass
    assert not processes_with(word)


async def test_memory_is_bounded(tier: str, workspace: Path) -> None:
    spec = SandboxSpec(workspace=workspace, python=PYTHON, limits=SandboxLimits(memory=150 << 20))
    argv = [str(PYTHON), "-I", "-S", "-c", "import time; held = bytearray(300 << 20); time.sleep(60)"]
    async with open_enclosure(spec, tier=tier, argv=argv) as enclosure:
        assert await enclosure.wait() == 128 + 9
        assert enclosure.fault is not None
        assert "memory limit" in enclosure.fault


async def test_namespaces_are_held_open_for_others_to_join(workspace: Path) -> None:
    spec = SandboxSpec(workspace=workspace, python=PYTHON)
    async with open_enclosure(spec, tier="bwrap", argv=None) as enclosure:
        inside = enclosure.namespaces
        assert inside is not None
        process = anyio.Path(f"/proc/{inside.pid}")
        for name in ("mnt", "pid", "net", "ipc", "uts"):
            assert await (process / "ns" / name).readlink() != await anyio.Path(f"/proc/self/ns/{name}").readlink()
        assert inside.userns == (os.getuid() != 0)
        seen, real = await anyio.Path(f"{process}/root{inside.workdir}").stat(), await anyio.Path(workspace).stat()
        assert (seen.st_ino, real.st_uid) == (real.st_ino, inside.uid)
    assert not await process.exists()


@pytest.mark.parametrize("weak", [WEAK, "none"])
async def test_weaker_tiers_have_nothing_to_join(weak: str, workspace: Path) -> None:
    with pytest.raises(UserError, match="no namespaces to join"):
        async with open_enclosure(SandboxSpec(workspace=workspace, python=PYTHON), tier=weak, argv=None):
            pass
