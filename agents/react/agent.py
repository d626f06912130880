"""The paper's ReAct agent: a graph of two nodes, model and tools. An answer without a tool call is the submission."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph

from agents.react.tools import TOOLS, Toolbox
from mldevbench.agent import AgentContext
from mldevbench.outcome import UserError

SYSTEM = (
    "You are a machine-learning engineer: do the task below with your tools in the folder {workspace}, "
    "and answer without a tool call when you are done."
)
NO_LIMIT = 1_000_000
"""Node runs of a trial without a step limit: its other limits end it."""


class State(TypedDict):
    """`messages` grows in OpenAI form."""

    messages: Annotated[list[dict[str, Any]], operator.add]


async def solve(ctx: AgentContext) -> None:
    assert ctx.model is not None
    model, log = ctx.model, ctx.log
    toolbox = Toolbox(ctx.sandbox, command_timeout_s(ctx.args), ctx.cpus, ctx.gpus)

    async def ask(state: State) -> dict[str, Any]:
        message = await model.complete(state["messages"], tools=TOOLS)
        calls = [call["function"] for call in message.get("tool_calls") or ()]
        log.add("model", text=message.get("content") or "", calls=[call["name"] for call in calls])
        return {"messages": [message]}

    async def act(state: State) -> dict[str, Any]:
        results = []
        for call in state["messages"][-1]["tool_calls"]:
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            log.add("tool_call", name=name, arguments=arguments)
            text = await toolbox.call(name, arguments)
            log.add("tool_result", name=name, text=text)
            results.append({"role": "tool", "tool_call_id": call["id"], "content": text})
        return {"messages": results}

    def after_model(state: State) -> str:
        return "tools" if state["messages"][-1].get("tool_calls") else END

    graph = StateGraph(State)
    graph.add_node("model", ask)
    graph.add_node("tools", act)
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", after_model, ["tools", END])
    graph.add_edge("tools", "model")
    messages = [
        {"role": "system", "content": SYSTEM.format(workspace=ctx.sandbox.workspace)},
        {"role": "user", "content": ctx.instruction},
    ]
    # The model itself refuses (LimitReached) when the trial's steps are used up. LangGraph's own limit, which counts node runs,
    # would end the trial as an error: it lies above.
    most = 2 * ctx.limits.max_steps + 5 if ctx.limits.max_steps else NO_LIMIT
    await graph.compile().ainvoke({"messages": messages}, {"recursion_limit": most})


def check_args(args: Mapping[str, str]) -> None:
    """Raises UserError for a value that cannot be used, before a sweep starts."""
    command_timeout_s(args)


def command_timeout_s(args: Mapping[str, str]) -> float:
    text = args.get("command_timeout", "120")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UserError(f"react: command_timeout is {text!r}; give a number of seconds above 0")
    return seconds
