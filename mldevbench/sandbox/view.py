"""What every tier shows of the host: system folders, the task environment, a few files of /etc, and the environment variables."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path

from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.kinds import tier_named

SYSTEM_LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_FILES = (
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/pki/tls/certs",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/sys/devices/system/cpu",  # how libraries count processors
    "/sys/devices/system/node",
)
SCRUBBED = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


WORKSPACE, ASSETS = "/workspace", "/assets"
"""Where a tier with namespaces shows the workspace and the folders that are bound read-only."""


def places_inside(tier: str, workspace: Path, binds: Mapping[str, Path]) -> dict[str, str]:
    """Name -> path as commands see it, of the read-only binds and of `workspace`."""
    if tier_named(tier).namespaces:
        return {**{name: f"{ASSETS}/{name}" for name in binds}, "workspace": WORKSPACE}
    return {**{name: str(path) for name, path in binds.items()}, "workspace": str(workspace)}


def python_prefixes(python: Path) -> tuple[Path, ...]:
    """The folders that hold the interpreter: its virtual environment and its base installation, outermost first.

    Those below /usr are left out, for /usr is always shown.
    """
    prefixes = {python.absolute().parent.parent, base_python(python).parent.parent}
    config = python.absolute().parent.parent / "pyvenv.cfg"
    if config.is_file():
        home = re.search(r"^home\s*=\s*(\S.*?)\s*$", config.read_text(), re.MULTILINE)
        if home:
            prefixes.add(Path(home[1]).parent)
    return tuple(sorted(p for p in prefixes if p != Path("/") and not p.is_relative_to("/usr")))


def shown_prefixes(spec: SandboxSpec) -> tuple[Path, ...]:
    """The folders of every interpreter of a sandbox, outer ones before those within them."""
    return tuple(sorted({prefix for python in (spec.python, *spec.pythons) for prefix in python_prefixes(python)}))


def base_python(python: Path) -> Path:
    """The interpreter behind the links of a virtual environment."""
    return python.resolve()


def environment(spec: SandboxSpec, *, home: str, tmp: str) -> dict[str, str]:
    """What a command sees when it adds nothing of its own; nothing of the runner's environment is in it."""
    return {
        "HOME": home,
        "TMPDIR": tmp,
        "USER": "agent",
        "LOGNAME": "agent",
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "PATH": f"{spec.python.absolute().parent}:/usr/local/bin:/usr/bin:/bin",
        "CUDA_VISIBLE_DEVICES": ",".join(spec.gpus),
        **spec.env,
    }


def resource_variables(cpus: float, devices: tuple[str, ...] | None) -> Mapping[str, str]:
    """Thread counts that fit the CPUs of a command, and the GPUs that were lent to it (None: those of the sandbox)."""
    variables = {"OMP_NUM_THREADS": str(max(1, math.ceil(cpus)))}
    if devices is not None:
        variables["CUDA_VISIBLE_DEVICES"] = ",".join(devices)
    return variables


def gpu_devices(spec: SandboxSpec) -> list[str]:
    """Device files of its GPUs. An identifier that is no index (a UUID, a slice) cannot be told apart: all are shown."""
    if not spec.has_gpus:
        return []
    shared = ["/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset", "/dev/nvidia-caps"]
    if not spec.lends_gpus and all(gpu.isdecimal() for gpu in spec.gpus):
        own = [f"/dev/nvidia{gpu}" for gpu in spec.gpus]
    else:
        own = [str(path) for path in sorted(Path("/dev").glob("nvidia[0-9]*"))]
    return [path for path in own + shared if os.path.lexists(path)]
