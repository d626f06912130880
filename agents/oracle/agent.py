"""The control agent that knows the answer: every task must pass with it."""

from mldevbench.agent import AgentContext
from mldevbench.solution import Solution, require_success


async def solve(ctx: AgentContext) -> None:
    assert ctx.answers is not None
    play = ctx.args.get("play", "solution")
    ctx.log.add("note", text=f"runs {play}/ of the task")
    result = await Solution.load(ctx.answers / play).play(ctx.sandbox)
    if result is not None:
        ctx.log.add("tool_result", exit_code=result.exit_code, output=result.output.decode(errors="replace")[-20_000:])
    require_success(result)
