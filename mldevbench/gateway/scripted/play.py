"""Plays a reference solution by the protocol that a request shows, one turn a call.

A play keeps no state: the messages of the request tell how far it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mldevbench.gateway.scripted import aide, openhands, react
from mldevbench.gateway.scripted.policies import Play
from mldevbench.gateway.scripted.script import Action, Messages, Script

PLAYERS = ((react.TOOLS, react.play), (openhands.TOOLS, openhands.play))
"""Players by the tools that their protocol needs. An agent that offers no tools runs the code of its answer, as AIDE does."""


def next_action(script: Script | None, play: Play, messages: Messages, tools: Sequence[Mapping[str, Any]]) -> Action:
    """What a model playing `play` does now. A request whose tools nobody here knows gets a plain answer."""
    offered = {t["function"]["name"] for t in tools}
    if aide.REVIEW in offered:
        return aide.review(messages)  # it is asked for by force, whatever is played
    if play == "noop" or script is None:
        return Action("There is nothing that I would change.")
    if not offered:
        return aide.play(script, play)
    for needed, player in PLAYERS:
        if needed <= offered:
            return player(script, play, messages)
    return Action("None of the tools offered here is known to me, so I stop.")


def tokens(value: Any) -> int:
    """A plain estimate for the usage of a play: a token is four characters of JSON."""
    return len(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) // 4 + 1
