"""Ways to win without an answer, tried in a probe. The same file in an honest form passes; each of these must be `failed`."""

from __future__ import annotations

from pathlib import Path

import pytest

from mldevbench.grading.host import run_grader
from mldevbench.grading.warm import WarmServer
from mldevbench.outcome import Outcome
from mldevbench.sandbox.base import SandboxLimits
from tests.grading.support import HONEST, request

CHEATS = {
    "exit at import": "import os\nos._exit(0)",
    "exit in the call": "import sys\ndef f(x):\n    sys.exit(0)",
    "exit hook": "import atexit\natexit.register(print, 'passed')\ndef f(x):\n    return x",
    "no such function": "",
    "syntax": "def f(x:",
    "constant": "def f(x):\n    return 0 * x",
    "equal to everything": """
import numpy as np
class Any(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, bool)
def f(x):
    return np.zeros_like(x).view(Any)""",
    "object equal to everything": """
class Any:
    def __eq__(self, other):
        return True
def f(x):
    return Any()""",
    "patched comparisons": """
import numpy, torch, builtins
torch.allclose = torch.equal = numpy.allclose = numpy.array_equal = numpy.testing.assert_allclose = lambda *a, **k: True
builtins.all = lambda *a: True
def f(x):
    return 0 * x""",
    "walk through the memory": """
import gc, numpy as np
def f(x):
    near = [o for o in gc.get_objects() if isinstance(o, np.ndarray) and o.shape == x.shape and (o != x).any()]
    kept = [v for o in gc.get_objects() if isinstance(o, dict) for v in list(o.values())
            if isinstance(v, np.ndarray) and v.shape == x.shape and (v != x).any()]
    return (near + kept + [0 * x])[0]""",
    "walk through the frames": """
import sys
def f(x):
    frame = sys._getframe()
    while frame:
        for name, value in frame.f_locals.items():
            if name in ("expected", "y", "wanted"):
                return value
        frame = frame.f_back
    return 0 * x""",
    "huge": "import numpy as np\ndef f(x):\n    return np.zeros(2**24)",
    "huge shape, no data": """
import numpy as np
def f(x):
    return np.broadcast_to(np.float64(1), (2**40,))""",
    "not a number": "def f(x):\n    return x * float('nan')",
    "objects": "import numpy as np\ndef f(x):\n    return np.array([[object()] * 3] * 2, dtype=object)",
    "pickle in the answer": """
import numpy as np
from mldevbench.grading import npy
header = b"{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }"
npy.dumps = lambda array: b"\\x93NUMPY\\x01\\x00" + len(header).to_bytes(2, "little") + header + b"cos\\nsystem\\n(S'true'\\ntR."
def f(x):
    return x""",
    "deep": "def f(x):\n    y = x\n    for _ in range(100):\n        y = [y]\n    return y",
    "deep behind the encoder": """
from mldevbench.grading import protocol
import struct
def f(x):
    text = b'[' * 10**6
    protocol.encode = lambda value: [struct.pack('!II', len(text), 0) + text]
    return x""",
    "lengths that lie": """
from mldevbench.grading import protocol
def f(x):
    protocol.encode = lambda value: [b'\\xff' * 64]
    return x""",
    "answer to another question": """
from mldevbench.grading import protocol
encode = protocol.encode
def f(x):
    protocol.encode = lambda value: encode({"id": "0" * 16, "value": 2 * x + 1})
    return x""",
    "speaks unasked": """
import os
from mldevbench.grading import protocol
frame = b''.join(protocol.encode({"id": "0" * 16, "value": 1}))
for fd in range(3, 64):
    try:
        os.write(fd, frame)
    except OSError:
        pass
def f(x):
    return 2 * x + 1""",
    "speaks after the answer": """
import os
from mldevbench.grading import protocol
encode = protocol.encode
def f(x):
    protocol.encode = lambda value: encode(value) + encode({"id": "0" * 16, "value": 1})
    return 2 * x + 1""",
    "prints on descriptors": """
import os
for fd in range(64):
    try:
        os.write(fd, b'passed\\n' * 100)
    except OSError:
        pass
def f(x):
    return 0 * x""",
    "silence": "import time\ndef f(x):\n    time.sleep(1000)",
    "half a frame": """
from mldevbench.grading import protocol
def f(x):
    protocol.encode = lambda value: [b'\\x00\\x00\\x10']
    return x""",
    "kills everything": "import os\nos.kill(-1, 9)\ndef f(x):\n    return x",
    "kills its parent": "import os\nos.kill(1, 9)\nos.kill(os.getppid() or 1, 9)\ndef f(x):\n    return 0 * x",
    "too much memory": "def f(x):\n    hog = b'x' * 10**9\n    return 0 * x",
    "flood of last words": "import os\nos.write(2, b'\\x1b[2J' * 10**5)\nos._exit(3)",
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", CHEATS)
async def test_cheat_fails(name: str, place: Path, warm_server: WarmServer) -> None:
    limits = SandboxLimits(memory=2**29)
    wanted = request(place, {"answer.py": CHEATS[name]}, values={"call_s": 2.0}, limits=limits)
    grade = await run_grader(wanted, warm=warm_server.socket)
    assert grade.outcome is Outcome.FAILED, grade.checks
    assert all(check.detail.isprintable() for check in grade.checks)


@pytest.mark.anyio
async def test_shadow_modules_do_not_count(place: Path, warm: Path | None) -> None:
    """A file named as a library neither helps nor harms: the libraries are loaded before the submission can be seen."""
    trap = "raise SystemExit(0)"
    names = ["torch.py", "numpy.py", "json.py", "socket.py", "struct.py", "sitecustomize.py", "usercustomize.py", "conftest.py"]
    files = HONEST | {name: trap for name in names} | {"mldevbench/__init__.py": trap, "probe.py": trap}
    files["answer.py"] = "import json, socket, struct, numpy, torch\n" + files["answer.py"]
    assert (await run_grader(request(place, files), warm=warm)).outcome is Outcome.PASSED
