"""A sweep's log as lines of JSON, one an event, for whoever collects logs: in a Ray job they are the job's log."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from mldevbench.outcome import Outcome, TrialRecord
from mldevbench.progress import Tally
from mldevbench.report.text import plain_lines
from mldevbench.spec import TrialSpec
from mldevbench.watching import Watcher

Fields = dict[str, Any]
_LEVELS = {Outcome.INFRA_ERROR: "error", Outcome.GRADER_ERROR: "error", Outcome.CANCELLED: "warning"}


class JsonLog(Watcher):
    """Prints what it is told to stdout, where the guard of the process keeps secrets out.

    Every line has `time` (RFC 3339), `level` (info, warning, error) and `event`: sweep_started, trial_started, attempt_failed
    (another follows), trial_ended, trial_taken_over, sweep_ended, note, and other words that notes go by. Lines of a trial have
    trial_key, attempt, task, agent, model, seed, and node; of one that ended, outcome, error_kind and error.
    """

    def sweep_started(self, name: str, place: str, tally: Tally) -> None:
        self._line("info", "sweep_started", {"sweep": name, "place": place, "trials": tally.total, "graded_before": tally.before})

    def say(self, text: str) -> None:
        """Something that is known before the first trial."""
        self._line("info", "note", {"message": plain_lines(text)})

    def sweep_ended(self, summary: Fields, resume: str) -> None:
        """`summary` is that of --summary-json."""
        self._line("warning" if summary["missing"] else "info", "sweep_ended", {**summary, "resume": resume})

    def started(self, spec: TrialSpec, attempt: int, node: str) -> None:
        self._line("info", "trial_started", {"trial_key": spec.key, "attempt": attempt, **_labels(spec), "node": node})

    def ended(self, record: TrialRecord, *, final: bool) -> None:
        usage, timings = record.usage, record.timings
        event = "trial_ended" if final else "attempt_failed"
        level = _LEVELS.get(record.outcome, "info") if final else "warning"
        fields: Fields = {"trial_key": record.trial_key, "attempt": record.attempt, **_labels(TrialSpec.from_dict(record.trial))}
        fields |= {"node": record.node or None, "outcome": record.outcome, "stop_reason": record.stop_reason}
        fields |= {"error_kind": record.error_kind, "error": record.error and plain_lines(record.error)}
        fields |= {"steps": usage.steps, "cost_usd": usage.cost_usd, "solve_s": timings.solve_s, "wall_s": timings.wall_s}
        self._line(level, event, fields)

    def taken_over(self, spec: TrialSpec, outcome: Outcome) -> None:
        self._line("info", "trial_taken_over", {"trial_key": spec.key, **_labels(spec), "outcome": outcome})

    def note(self, text: str, event: str = "note") -> None:
        self._line("warning", event, {"message": plain_lines(text)})

    def _line(self, level: str, event: str, fields: Fields) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        print(json.dumps({"time": time, "level": level, "event": event, **fields}), flush=True)


def _labels(spec: TrialSpec) -> Fields:
    return {"task": spec.task, "agent": str(spec.agent), "model": spec.model and str(spec.model), "seed": spec.seed}
