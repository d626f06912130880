"""OpenHands, in an environment of its own: see driver.py."""

from __future__ import annotations

from pathlib import Path

from mldevbench.agent import AgentContext
from mldevbench.subprocess_agent import run_driver

ENVIRONMENT = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENHANDS_SUPPRESS_BANNER": "1"}
"""Its litellm asks no server for prices; there is none that it could reach."""


async def solve(ctx: AgentContext) -> None:
    await run_driver(ctx, Path(__file__).parent, env=ENVIRONMENT)
