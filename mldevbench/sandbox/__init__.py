"""Sandboxes: where agent code runs. Importing this costs nothing; the parts are loaded when they are first used."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mldevbench.sandbox.base import ExecResult, Process, Sandbox, SandboxLimits, SandboxSpec
    from mldevbench.sandbox.broker import Broker, Lease, NodeBroker
    from mldevbench.sandbox.cage import Namespaces
    from mldevbench.sandbox.enclosure import Enclosure, open_enclosure
    from mldevbench.sandbox.opening import open_sandbox
    from mldevbench.sandbox.tiers import best_tier, pick_tier

_HOMES = {
    "base": ("ExecResult", "Process", "Sandbox", "SandboxLimits", "SandboxSpec"),
    "broker": ("Broker", "Lease", "NodeBroker"),
    "cage": ("Namespaces",),
    "enclosure": ("Enclosure", "open_enclosure"),
    "opening": ("open_sandbox",),
    "tiers": ("best_tier", "pick_tier"),
}
__all__ = [
    "Broker",
    "Enclosure",
    "ExecResult",
    "Lease",
    "Namespaces",
    "NodeBroker",
    "Process",
    "Sandbox",
    "SandboxLimits",
    "SandboxSpec",
    "best_tier",
    "open_enclosure",
    "open_sandbox",
    "pick_tier",
]


def __getattr__(name: str) -> object:
    import importlib

    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
