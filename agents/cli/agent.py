"""A command-line agent of anyone's: one command in the sandbox; its environment has the instruction and its model's address."""

from __future__ import annotations

from mldevbench.agent import AgentContext
from mldevbench.outcome import AgentError
from mldevbench.sandbox.base import Sandbox

SHOWN = 20_000
"""Characters of the command's output, its last ones, that are kept in the trajectory."""
_WRITE = 'file="${TMPDIR:-/tmp}/instruction.md" && cat > "$file" && printf %s "$file"'


async def solve(ctx: AgentContext) -> None:
    assert ctx.model is not None
    assert ctx.model.url is not None
    command = ctx.args["command"]
    ctx.log.add("tool_call", name="command", arguments=command)
    result = await ctx.sandbox.exec(command, env=await _variables(ctx.sandbox, ctx.instruction, ctx.model.url))
    ctx.log.add("tool_result", name="command", exit_code=result.exit_code, text=result.output.decode(errors="replace")[-SHOWN:])
    if result.exit_code != 0:
        raise AgentError(f"the command ended with exit code {result.exit_code}")


async def _variables(sandbox: Sandbox, instruction: str, url: str) -> dict[str, str]:
    """Any key and any model's name will do: the door knows the trial, and asks the trial's model."""
    written = await sandbox.exec(_WRITE, stdin=instruction.encode())
    return {
        "INSTRUCTION": instruction,
        "INSTRUCTION_FILE": written.output.decode(),
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_BASE": f"{url}/v1",
        "OPENAI_API_KEY": "none",
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "none",
    }
