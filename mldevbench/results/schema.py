"""The Parquet datasets of a results folder, column by column. `docs/schema.md` is made from this file.

All are joined by `trial_key` and `attempt`. A null means that the thing is unknown or does not apply.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pyarrow as pa

SCHEMA_VERSION = 2

type_of = {
    "str": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
    "list": pa.list_(pa.string()),
}

_KEY = [
    ("trial_key", "str", "Content key of the trial: task, agent, model, seed, profile and limits."),
    ("attempt", "int", "Which execution of the trial this is, from 1."),
]

_ATTEMPT = [
    *_KEY,
    ("sweep", "str", "Name of the sweep."),
    ("task", "str", "Task id."),
    ("title", "str", "The task's title."),
    ("paper_row", "str", "The task's row in the paper's Table 3; null for tasks beyond the paper."),
    ("category", "str", "Category id, such as debugging."),
    ("task_digest", "str", "Digest of the task's content."),
    ("agent", "str", "Agent with its arguments, as it was asked for."),
    ("agent_args", "str", "The agent's arguments as a JSON object."),
    ("agent_digest", "str", "Digest of the agent's content."),
    ("model", "str", "Model with its arguments; null for agents without one."),
    ("model_args", "str", "The model's arguments as a JSON object; null for agents without a model."),
    ("seed", "int", "Seed of the trial."),
    ("seed_controls", "list", "What the seed determined."),
    ("profile", "str", "mini or full."),
    ("max_steps", "int", "Limit of model answers."),
    ("max_time_s", "float", "Limit of solving, waiting excluded; null is the task's own."),
    ("max_tokens", "int", "Limit of tokens in and out."),
    ("max_cost_usd", "float", "Limit of cost."),
    ("outcome", "str", "passed, failed, infra_error, grader_error or cancelled."),
    ("stop_reason", "str", "Why the agent stopped: submitted, max_steps, max_time, max_tokens, max_cost, agent_error; or null."),
    ("error_kind", "str", "For outcomes that were not graded: a short word for grouping."),
    ("error", "str", "For outcomes that were not graded: what happened."),
    ("steps", "int", "Completed model answers that reached the agent."),
    ("calls", "int", "Calls to the model, failed and repeated ones included."),
    ("tokens_in", "int", "Prompt tokens, cached ones included."),
    ("tokens_out", "int", "Completion tokens, reasoning included."),
    ("tokens_cached", "int", "Prompt tokens that the provider had cached."),
    ("tokens_reasoning", "int", "Completion tokens spent on reasoning."),
    ("cost_usd", "float", "Cost in US dollars; null when a call's price is not known."),
    ("prepare_s", "float", "Seconds of preparing the workspace and its data."),
    ("solve_s", "float", "Seconds of solving, waiting excluded."),
    ("grade_s", "float", "Seconds of grading."),
    ("waited_s", "float", "Seconds of waiting for CPU, GPU and rate leases while solving."),
    (
        "waited_rate_s",
        "float",
        "Of these, seconds of waiting for a rate lease or on a provider that failed. The three can overlap.",
    ),
    ("waited_cpu_s", "float", "Of these, seconds of waiting for CPUs."),
    ("waited_gpu_s", "float", "Of these, seconds of waiting for a GPU."),
    ("model_s", "float", "Of solve_s, seconds in which at least one model call was under way."),
    (
        "command_s",
        "float",
        "Of solve_s, seconds in which at least one command ran in the sandbox, a background one or an agent's own program too.",
    ),
    ("idle_s", "float", "Of solve_s, seconds in which there was neither a model call nor a command."),
    ("grade_waited_s", "float", "Seconds of waiting for CPUs to be graded on; not in grade_s."),
    ("wall_s", "float", "Seconds from the start of the attempt to its end."),
    ("gpu_held_s", "float", "GPU seconds held."),
    ("gpu_used_s", "float", "GPU seconds in which a command ran that had asked for one."),
    ("memory_peak_bytes", "int", "Most bytes that the agent's sandbox had resident at once, sampled every 0.2 s."),
    ("isolation", "str", "Sandbox tier: bwrap, bwrap-noproc, uid+landlock, landlock or none."),
    ("node", "str", "Host name of the node."),
    ("started_at", "time", "When the attempt started."),
    ("synthetic_model", "bool", "The model is scripted: the row says nothing about a real model."),
    ("submission", "str", "File of the graded submission, relative to the results folder."),
]

COLUMNS: dict[str, list[tuple[str, str, str]]] = {
    "trials": _ATTEMPT,
    "attempts": _ATTEMPT,
    "calls": [
        *_KEY,
        ("index", "int", "Order of the call within the attempt, from 0."),
        ("started_at", "time", "When the call started."),
        ("model", "str", "Model that was asked."),
        ("is_step", "bool", "A completed answer that reached the agent."),
        ("streamed", "bool", "The agent asked for a stream."),
        ("tokens_in", "int", "Prompt tokens."),
        ("tokens_out", "int", "Completion tokens."),
        ("tokens_cached", "int", "Cached prompt tokens."),
        ("tokens_reasoning", "int", "Reasoning tokens."),
        ("cost_usd", "float", "Cost; null when the price is not known."),
        ("latency_s", "float", "Seconds from sending to the whole answer, of the last try."),
        ("waited_s", "float", "Seconds of waiting for a rate lease, of tries that the provider failed, and between tries."),
        ("retries", "int", "Tries before this one."),
        ("error", "str", "What went wrong, if anything."),
        ("notes", "list", "What the gateway changed in the request, and why earlier tries failed."),
    ],
    "checks": [
        *_KEY,
        ("index", "int", "Order of the check, from 0."),
        ("name", "str", "What was looked at."),
        ("passed", "bool", "Whether it was as it must be."),
        ("detail", "str", "What was found, worded for a check that failed."),
    ],
    "metrics": [
        *_KEY,
        ("name", "str", "Name of the metric."),
        ("value", "float", "Its value."),
        ("unit", "str", "Its unit; fractions lie in [0, 1]."),
    ],
    "events": [
        *_KEY,
        ("index", "int", "Order of the event, from 0."),
        ("at_s", "float", "Seconds since solving started."),
        (
            "kind",
            "str",
            "model, tool_call, tool_result, note, file (a text file that the agent keeps: name and text), "
            "or door (what the task's downloads and services were asked).",
        ),
        ("data", "str", "The event as JSON."),
    ],
    "regrades": [
        *_KEY,
        ("regraded_at", "time", "When its submission was graded again."),
        ("task", "str", "Task id."),
        ("task_digest", "str", "Digest of the task's content at that time."),
        ("outcome_before", "str", "The outcome in trials."),
        ("outcome", "str", "The outcome now: passed, failed, infra_error or grader_error."),
        ("error", "str", "What happened, where it was neither passed nor failed."),
        ("checks", "str", "The checks as a JSON array of objects with name, passed and detail."),
        ("isolation", "str", "Sandbox tier of the grading."),
    ],
}
"""Dataset -> (column, type, description)."""


@cache
def schema(dataset: str) -> Any:
    """The pyarrow schema of a dataset, with the descriptions as field metadata `doc`."""
    fields = [pa.field(name, type_of[kind], metadata={"doc": doc}) for name, kind, doc in COLUMNS[dataset]]
    return pa.schema(fields, metadata={"mldevbench_schema_version": str(SCHEMA_VERSION)})


def markdown() -> str:
    """The schema as a page."""
    lines = ["# Results: datasets and columns", "", "`trials/` has one row a trial that passed or failed; `attempts/` one for"]
    lines[-1] += " every execution, whatever its outcome. All datasets are joined by `trial_key` and `attempt`."
    for dataset, columns in COLUMNS.items():
        lines += ["", f"## {dataset}", ""]
        if dataset == "attempts":
            lines.append("The columns of `trials`.")
            continue
        lines += ["| column | type | what it is |", "| --- | --- | --- |"]
        lines += [f"| `{name}` | {type_of[kind]} | {doc} |" for name, kind, doc in columns]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(markdown(), end="")
