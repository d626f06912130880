"""Runs OpenHands' own agent on the trial's workspace: its prompt, terminal, file editor and condenser as they are shipped."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import driver_kit as kit
from openhands.sdk import LLM, Agent, Conversation, Event, LocalConversation, MessageEvent, Tool
from openhands.sdk.context.condenser import default_condenser
from openhands.sdk.conversation import ConversationExecutionStatus as Status
from openhands.sdk.conversation.exceptions import ConversationRunError
from openhands.sdk.event import ActionEvent, Condensation, CondensationRequest, ObservationBaseEvent
from openhands.sdk.event.conversation_error import ConversationErrorEvent
from openhands.sdk.llm import LLMResponse, content_to_str
from openhands.tools.file_editor import FileEditorTool
from openhands.tools.terminal import TerminalTool

LARGEST_PART = 900_000
"""Bytes of one file of the trajectory."""


class TrialModel(LLM):  # type: ignore[misc]
    """The trial's model. Each of its answers is a step, those to the condenser too, and is told as soon as it is there."""

    def completion(self, *args: Any, **kwargs: Any) -> LLMResponse:
        answer = super().completion(*args, **kwargs)
        kit.model(_text(answer.message.content), [call.name for call in answer.message.tool_calls or ()])
        return answer

    @classmethod
    def behind(cls, url: str) -> TrialModel:
        """What the model is, and how hard it thinks, is the trial's affair. The door tries again by itself: here is no hurry."""
        return cls(
            model="openai/trial",
            base_url=f"{url}/v1",
            api_key="none",
            api_mode="chat",
            reasoning_effort=None,
            capability_overrides={"supports_prompt_cache": True},
            num_retries=1,  # tries, all in all
            timeout=86_400,
        )


class Trajectory:
    """Takes OpenHands' events: all of them as lines of JSON in the kept files, and those of the common form as such."""

    def __init__(self, folder: Path) -> None:
        self.errors: list[ConversationErrorEvent] = []
        self._folder, self._part, self._size = folder, 1, 0

    def __call__(self, event: Event) -> None:
        self._keep(event.model_dump_json().encode() + b"\n")
        match event:
            case ActionEvent():
                kit.tool_call(event.tool_call.name, event.tool_call.arguments)
            case ObservationBaseEvent():
                kit.tool_result(event.tool_name, _text(event.to_llm_message().content))
            case MessageEvent(source="environment"):
                kit.note(_text(event.llm_message.content))
            case CondensationRequest():
                kit.note("the model cannot take so long a conversation: it is to be condensed")
            case Condensation():
                kit.note(f"{len(event.forgotten_event_ids)} events are forgotten; what is left of them: {event.summary}")
            case ConversationErrorEvent():
                self.errors.append(event)
                kit.note(f"{event.code}: {event.detail}")

    def _keep(self, line: bytes) -> None:
        if self._size + len(line) > LARGEST_PART:
            self._part, self._size = self._part + 1, 0
        self._size += len(line)
        with (self._folder / f"trajectory-{self._part}.jsonl").open("ab") as file:
            file.write(line)


def main() -> None:
    request = kit.request()
    model = TrialModel.behind(request.url)
    trajectory = Trajectory(request.files_folder)
    tools = [Tool(name=TerminalTool.name, params={"terminal_type": "subprocess"}), Tool(name=FileEditorTool.name)]
    conversation = Conversation(
        agent=Agent(llm=model, tools=tools, condenser=default_condenser(model)),
        workspace=request.workspace,
        callbacks=[trajectory],
        persistence_dir=Path.home() / ".conversation",  # where it keeps the whole of long outputs, for the agent to read
        max_iteration_per_run=request.max_steps or sys.maxsize,
        visualizer=None,
    )
    conversation.send_message(request.instruction)
    end = _run(conversation, trajectory.errors)
    (request.files_folder / "metrics.json").write_text(model.metrics.model_dump_json())
    kit.end(*end)


def _run(conversation: LocalConversation, errors: list[ConversationErrorEvent]) -> tuple[str, str]:
    """Why it is over. A plain answer finishes it as the tool for that does: there is nobody who would reply."""
    try:
        conversation.run()
    except ConversationRunError as error:
        return "agent_error", f"{type(error.original_exception).__name__}: {error.original_exception}"
    status = conversation.state.execution_status
    if status == Status.FINISHED:
        return "submitted", ""
    if status == Status.STUCK:
        return "agent_error", "OpenHands found that it was stuck: it did the same again and again"
    last = errors[-1] if errors else None
    if last and last.code == "MaxIterationsReached":
        return "max_steps", ""
    return "agent_error", f"{last.code}: {last.detail}" if last else f"OpenHands stopped as {status.value}"


def _text(content: Iterable[Any]) -> str:
    return "".join(content_to_str(list(content)))


main()
os._exit(0)  # all is said, and to take this interpreter down takes seconds
