"""AIDE, in an environment of its own: see driver.py. However that ends, the best node's work is what stands in the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import anyio

from mldevbench.agent import AgentContext
from mldevbench.outcome import AgentError, UserError
from mldevbench.spec import Limits
from mldevbench.subprocess_agent import run_driver

AIDES_NODES = 20
"""What AIDE tries when nobody says how many."""
_RESTORE_S = 60.0
_RESTORE = 'python "$HOME/.driver/workspace.py"'


async def solve(ctx: AgentContext) -> None:
    try:
        await run_driver(ctx, Path(__file__).parent, settings={"nodes": nodes(ctx.args, ctx.limits)})
    finally:
        with anyio.move_on_after(_RESTORE_S, shield=True), suppress(AgentError):  # a sandbox that is gone has no more to give
            await ctx.sandbox.exec(_RESTORE, cwd=ctx.sandbox.workspace)


def check_args(args: Mapping[str, str]) -> None:
    """Raises UserError for a value that cannot be used, before a sweep starts."""
    nodes(args, Limits())


def nodes(args: Mapping[str, str], limits: Limits) -> int:
    """How many programs are tried at most: AIDE never ends by itself, and the paper does not say what its budget was."""
    if "nodes" not in args:
        return max(1, limits.max_steps // 2) if limits.max_steps else AIDES_NODES
    if not args["nodes"].isdecimal() or int(args["nodes"]) < 1:
        raise UserError(f"aide: nodes is {args['nodes']!r}; give a whole number above 0")
    return int(args["nodes"])
