"""What litellm calls: the meter's callback and the scripted provider. Importing this loads litellm.

litellm knows one list of callbacks and providers a process, so a door is found by the id in the call's metadata.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Protocol
from weakref import WeakValueDictionary

from litellm.integrations.custom_logger import CustomLogger

from mldevbench.gateway.lite import load
from mldevbench.gateway.scripted.provider import ScriptedProvider
from mldevbench.gateway.scripted.script import Action


class Listener(Protocol):
    """The side of a door that litellm sees."""

    id: str

    def on_answer(self, response: Any) -> None: ...

    def choose(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> Action: ...


_DOORS: MutableMapping[str, Listener] = WeakValueDictionary()


class _Callback(CustomLogger):
    # litellm passes these by keyword, and only logs when a name does not match.
    async def async_log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        door = _DOORS.get((kwargs["litellm_params"].get("metadata") or {}).get("door", ""))
        if door is not None:
            door.on_answer(response_obj)


def _choose(door: str, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> Action:
    return _DOORS[door].choose(messages, tools)


def install() -> None:
    """Makes litellm call us; further calls change nothing."""
    litellm = load()
    if not any(isinstance(c, _Callback) for c in litellm.callbacks):
        litellm.callbacks.append(_Callback())
        litellm.custom_provider_map.append({"provider": "scripted", "custom_handler": ScriptedProvider(_choose)})


def register(door: Listener) -> None:
    """`door` is told of its answers for as long as it is alive."""
    _DOORS[door.id] = door
