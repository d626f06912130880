"""OpenHands, in an environment of its own: see driver.py."""

from __future__ import annotations

from pathlib import Path

from mldevbench.agent import AgentContext
from mldevbench.subprocess_agent import run_driver

ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # there is no server that it could ask for prices
    "OPENHANDS_SUPPRESS_BANNER": "1",
    "OH_TERMINAL_PROCESS_PRIORITY": "none",  # the terminal would have less of the CPU than the commands of other agents
}


async def solve(ctx: AgentContext) -> None:
    await run_driver(ctx, Path(__file__).parent, env=ENVIRONMENT)
