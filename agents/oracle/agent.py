"""The control agent that knows the answer: every task must pass with it."""

from collections.abc import Mapping

from mldevbench.agent import AgentContext
from mldevbench.outcome import UserError
from mldevbench.solution import Solution, require_success

PLAYS = ("solution", "lazy")


def check_args(args: Mapping[str, str]) -> None:
    if args.get("play", PLAYS[0]) not in PLAYS:
        raise UserError(f"oracle: play is {args['play']!r}; use one of {', '.join(PLAYS)}")


async def solve(ctx: AgentContext) -> None:
    assert ctx.answers is not None
    play = ctx.args.get("play", PLAYS[0])
    ctx.log.add("note", text=f"runs {play}/ of the task")
    result = await Solution.load(ctx.answers, play).play(ctx.sandbox)
    if result is not None:
        ctx.log.add("tool_result", exit_code=result.exit_code, output=result.output.decode(errors="replace")[-20_000:])
    require_success(result)
