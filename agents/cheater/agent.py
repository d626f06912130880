"""The control agent that cheats: every task must fail with it.

A task's own cheats lie in its folder; the tricks in `tricks/` try on any task what has been seen to win in other benchmarks.
"""

import tomllib
from pathlib import Path

from mldevbench.agent import AgentContext
from mldevbench.outcome import AgentError
from mldevbench.sandbox.base import ExecResult
from mldevbench.solution import Solution

TRICKS = Path(__file__).parent / "tricks"
TRICK_S = 60.0


async def solve(ctx: AgentContext) -> None:
    assert ctx.answers is not None
    trick = ctx.args.get("trick")
    result = await _trick(ctx, ctx.answers, trick) if trick else await _cheat(ctx, ctx.answers)
    if result is not None:
        ctx.log.add("tool_result", exit_code=result.exit_code, output=result.output.decode(errors="replace")[-20_000:])


async def _cheat(ctx: AgentContext, task: Path) -> ExecResult | None:
    names = sorted(p.name for p in (task / "cheats").iterdir() if p.is_dir())
    name = ctx.args.get("cheat") or names[ctx.seed % len(names)]
    if name not in names:
        raise AgentError(f"the task has no cheat {name!r}; it has {', '.join(names)}")
    return await _play(ctx, task, f"cheats/{name}")


async def _play(ctx: AgentContext, task: Path, name: str) -> ExecResult | None:
    play = Solution.load(task, name)
    if play.after and ctx.args.get("after") != "done":
        await _play(ctx, task, play.after)
    ctx.log.add("note", text=f"plays {name} of the task")
    return await play.play(ctx.sandbox)


async def _trick(ctx: AgentContext, task: Path, name: str) -> ExecResult:
    if not (TRICKS / f"{name}.py").is_file():
        raise AgentError(f"there is no trick {name!r}; there are {', '.join(sorted(p.stem for p in TRICKS.glob('[a-z]*.py')))}")
    ctx.log.add("note", text=f"plays tricks/{name}")
    for file in ("_tools.py", f"{name}.py"):
        await ctx.sandbox.write_file(f"{ctx.sandbox.workspace}/.tricks/{file}", (TRICKS / file).read_bytes())
    outputs = tomllib.loads((task / "task.toml").read_text())["outputs"]
    return await ctx.sandbox.exec(["python3", f".tricks/{name}.py", *outputs], timeout_s=TRICK_S)
