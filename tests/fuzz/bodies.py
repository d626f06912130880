"""What agent code might ask of a model: nearly right requests in OpenAI's form and in Anthropic's."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.fuzz.support import JSON

TEXTS = (
    st.sampled_from(["x", "", "\ud800", "data:image/png;base64,AAAA", "http://127.0.0.1:1/", "shell", "{}", "[1]", "\0"]) | JSON
)
PARTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image_url", "file", "input_audio", 7])},
    optional={"text": TEXTS, "image_url": TEXTS | st.fixed_dictionaries({"url": TEXTS}), "cache_control": JSON, "file": JSON},
)
CALLS = st.fixed_dictionaries(
    {}, optional={"id": TEXTS, "function": st.fixed_dictionaries({}, optional={"name": TEXTS, "arguments": TEXTS})}
)
MESSAGES = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "developer", "user", "user", "assistant", "assistant", "tool", "function", None])},
    optional={
        "content": TEXTS | st.lists(PARTS | JSON, max_size=2),
        "tool_calls": st.lists(CALLS | JSON, max_size=2) | JSON,
        "tool_call_id": TEXTS,
        "reasoning_content": TEXTS,
        "thinking_blocks": st.lists(st.fixed_dictionaries({"type": st.just("thinking"), "thinking": TEXTS}) | JSON, max_size=2)
        | JSON,
        "name": TEXTS,
    },
)
TOOLS = st.fixed_dictionaries(
    {"type": st.sampled_from(["function", "function", "mcp", None])},
    optional={
        "function": st.fixed_dictionaries(
            {}, optional={"name": TEXTS, "description": TEXTS, "parameters": JSON | st.just({"type": "object"}), "strict": JSON}
        ),
        "server_url": TEXTS,
    },
)
CHATS = st.fixed_dictionaries(
    {"messages": st.lists(MESSAGES, min_size=1, max_size=3) | JSON},
    optional={
        "tools": st.lists(TOOLS, max_size=2) | JSON,
        "tool_choice": st.sampled_from(["auto", "none", "required"]) | JSON,
        "response_format": st.sampled_from([{"type": "json_object"}, {"type": "json_schema", "json_schema": 3}]) | JSON,
        "stop": st.lists(TEXTS, max_size=2) | JSON,
        "stream": st.booleans() | JSON,
        "stream_options": st.just({"include_usage": True}) | JSON,
        **{name: JSON for name in ("model", "temperature", "top_p", "n", "max_tokens", "seed", "user", "reasoning_effort")},
        **{name: JSON for name in ("api_base", "api_key", "metadata", "parallel_tool_calls", "presence_penalty", "fallbacks")},
    },
)
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "tool_use", "tool_result", "thinking", "redacted_thinking", "image", 7])},
    optional={
        **{name: TEXTS for name in ("text", "id", "name", "tool_use_id", "thinking", "signature", "data")},
        **{name: JSON for name in ("input", "content", "cache_control", "source", "is_error")},
    },
)
ANTHROPIC_MESSAGES = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "user", "assistant", "system"]), "content": st.lists(BLOCKS, max_size=3) | TEXTS}
)
ANTHROPIC_CHATS = st.fixed_dictionaries(
    {
        "messages": st.lists(
            st.fixed_dictionaries(
                {
                    "role": st.sampled_from(["user", "user", "assistant", "system"]),
                    "content": st.lists(BLOCKS, max_size=3) | TEXTS,
                }
            )
            | JSON,
            min_size=1,
            max_size=3,
        )
        | JSON
    },
    optional={
        "system": TEXTS | st.lists(BLOCKS, max_size=2),
        "tools": st.lists(st.fixed_dictionaries({"name": TEXTS, "input_schema": JSON}) | JSON, max_size=2) | JSON,
        "tool_choice": st.fixed_dictionaries({"type": st.sampled_from(["auto", "any", "none", "tool", 7])}) | JSON,
        **{name: JSON for name in ("max_tokens", "temperature", "stop_sequences", "stream", "thinking", "metadata", "n")},
    },
)
