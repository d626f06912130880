"""The control agent that cheats: every task must fail with it."""

from mldevbench.agent import AgentContext
from mldevbench.outcome import AgentError
from mldevbench.solution import Solution


async def solve(ctx: AgentContext) -> None:
    assert ctx.answers is not None
    names = sorted(p.name for p in (ctx.answers / "cheats").iterdir() if p.is_dir())
    name = ctx.args.get("cheat") or names[ctx.seed % len(names)]
    if name not in names:
        raise AgentError(f"the task has no cheat {name!r}; it has {', '.join(names)}")
    ctx.log.add("note", text=f"plays cheats/{name} of the task")
    result = await Solution.load(ctx.answers, f"cheats/{name}").play(ctx.sandbox)
    if result is not None:
        ctx.log.add("tool_result", exit_code=result.exit_code, output=result.output.decode(errors="replace")[-20_000:])
