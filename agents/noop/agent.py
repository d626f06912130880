"""The control agent that does nothing: every task must fail with it."""

from mldevbench.agent import AgentContext


async def solve(ctx: AgentContext) -> None:
    ctx.log.add("note", text="does nothing")
