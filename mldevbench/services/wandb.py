"""A small Weights & Biases: enough of its protocol for `wandb.init`, `log`, `finish` and for reading runs back by `wandb.Api()`.

Runs are kept in memory, for one trial. Files that the client uploads are accepted and dropped.
"""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mldevbench.services.bounds import Object, Refused, as_object, as_text, footprint, guarded, read_body, read_json
from mldevbench.services.selection import BadQuery, execute

ENTITY = "agent"
"""The account of every key."""
MOST_KEPT = 64 * 2**20
"""Bytes of memory that one trial may have kept; what goes beyond is refused."""
MOST_RUNS = 200
MOST_ROWS = 50_000
MOST_FILES = 1000
MOST_SPECS = 10
"""Samples of the history in one answer."""
MOST_SAMPLES = 10_000
_PIECE = 2**16


@dataclass(slots=True)
class Run:
    id: str
    project: str
    display_name: str
    number: int
    entity: str = ENTITY
    tags: list[str] = field(default_factory=list)
    config: Object = field(default_factory=dict)
    summary: Object = field(default_factory=dict)
    history: list[Object] = field(default_factory=list)
    events: list[Object] = field(default_factory=list)
    state: str = "running"
    notes: str | None = None
    group: str | None = None
    job_type: str | None = None
    created_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat().replace("+00:00", "Z"))

    def record(self) -> Object:
        shown = ("entity", "project", "id", "display_name", "tags", "summary", "history", "state", "created_at")
        return {name: getattr(self, name) for name in shown} | {"config": _values(self.config)}

    def fields(self) -> Object:
        """As GraphQL's type Run."""
        return {
            "__typename": "Run",
            "id": f"run-{self.number}",
            "name": self.id,
            "displayName": self.display_name,
            "state": self.state,
            "tags": self.tags,
            "config": lambda _: json.dumps(self.config),
            "summaryMetrics": lambda _: json.dumps(self.summary),
            "systemMetrics": "{}",
            "historyLineCount": len(self.history),
            "eventsLineCount": len(self.events),
            "logLineCount": 0,
            "historyKeys": lambda _: self._keys(),
            "history": lambda asked: _lines(_between(self.history, asked)),
            "events": lambda asked: _lines(_between(self.events, asked)),
            "sampledHistory": lambda asked: [_sample(self.history, spec) for spec in _few(asked.get("specs"), MOST_SPECS)],
            "parquetHistory": {"liveData": self.history, "parquetUrls": []},
            "createdAt": self.created_at,
            "heartbeatAt": self.created_at,
            "updatedAt": self.created_at,
            "notes": self.notes,
            "description": self.notes,
            "group": self.group,
            "jobType": self.job_type,
            "readOnly": False,
            "stopped": False,
            "projectId": "1",
            "user": _USER,
            "project": _project(self.project),
            "files": {"edges": [], "pageInfo": _LAST_PAGE},
        }

    def _keys(self) -> Object:
        found = sorted(Counter(name for row in self.history for name in row).items())
        counts = {name: {"typeCounts": [{"type": "number", "count": count}]} for name, count in found}
        last = max((row["_step"] for row in self.history if isinstance(row.get("_step"), int)), default=-1)
        return {"sets": [], "keys": counts, "lastStep": last}


_LAST_PAGE = {"hasNextPage": False, "endCursor": None}
_USER = {"id": "user-1", "name": ENTITY, "username": ENTITY, "entity": ENTITY, "email": f"{ENTITY}@localhost", "flags": "{}"}
_VIEWER = {**_USER, "admin": False, "teams": {"edges": []}, "defaultEntity": {"name": ENTITY}, "apiKeys": {"edges": []}}


class Service:
    """One trial's W&B. All keys are good and belong to the entity `agent`."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], Run] = {}
        self._kept = 0
        self._rows = 0

    def routes(self) -> list[Route]:
        return [
            Route("/graphql", guarded(self._graphql), methods=["POST"]),
            Route("/files/{entity}/{project}/{run}/file_stream", guarded(self._file_stream), methods=["POST"]),
            Route("/uploads/{name:path}", guarded(_drop), methods=["PUT"]),
            Route("/{rest:path}", guarded(_drop), methods=["POST"]),  # the client's own telemetry
        ]

    def record(self) -> Object:
        """`{"runs": [...]}`, in the order in which they began."""
        return {"runs": [run.record() for run in self._runs.values()]}

    async def _graphql(self, request: Request) -> Response:
        asked = read_json(await read_body(request))
        query, variables = asked.get("query"), asked.get("variables") or {}
        if not isinstance(query, str) or not isinstance(variables, dict):
            raise Refused("a query and its variables are expected")
        root = {
            "__typename": "Query",
            "viewer": _VIEWER,
            "serverInfo": {"cliVersionInfo": {}, "latestLocalVersionInfo": None, "features": [], "exposesExplicitLogin": True},
            "entity": {"id": "entity-1", "name": ENTITY, "organization": None},
            "project": self._project,
            "model": self._project,
            "projects": self._projects,
            "models": self._projects,
            "upsertBucket": lambda a: self._upsert(as_object(a.get("input"))),
            "createRunFiles": lambda a: _uploads(request, as_object(a.get("input"))),
        }
        try:
            answer = JSONResponse({"data": execute(root, query, variables)}).body
        except BadQuery as error:
            raise Refused(str(error)) from None
        return StreamingResponse(_pieces(bytes(answer)), media_type="application/json")  # no faster than the client reads

    def _project(self, asked: Mapping[str, Any]) -> Object | None:
        name = asked.get("name")
        runs = [run for run in self._runs.values() if run.project == name]
        if not runs or asked.get("entityName") not in (None, ENTITY):
            return None

        def one(a: Mapping[str, Any]) -> Object | None:
            found = self._runs.get((str(name), str(a.get("name"))))
            return found.fields() if found else None

        def listed(a: Mapping[str, Any]) -> Object:
            shown = list(reversed(runs)) if str(a.get("order") or "").startswith("-") else runs
            edges = [{"node": run.fields(), "cursor": str(number)} for number, run in enumerate(shown)]
            return {"edges": edges, "totalCount": len(runs), "pageInfo": _LAST_PAGE}

        return _project(str(name)) | {"run": one, "bucket": one, "runs": listed, "runCount": len(runs), "readOnly": False}

    def _projects(self, _: Mapping[str, Any]) -> Object:
        names = dict.fromkeys(run.project for run in self._runs.values())
        return {"edges": [{"node": _project(name), "cursor": name} for name in names], "pageInfo": _LAST_PAGE}

    def _upsert(self, asked: Object) -> Object:
        """Makes a run, or changes what is given of it."""
        given = {k: v for k, v in asked.items() if v is not None}
        config, summary = _nested(given, "config"), _nested(given, "summaryMetrics")
        self._keep(footprint(json.dumps(given).encode()))
        known = next((run for run in self._runs.values() if f"run-{run.number}" == given.get("id")), None)
        project, name = as_text(given, "modelName", "uncategorized"), as_text(given, "name", f"run{len(self._runs) + 1}")
        run = known or self._runs.get((project, name))
        inserted = run is None
        if run is None:
            if len(self._runs) >= MOST_RUNS:
                raise Refused(f"more than {MOST_RUNS} runs")
            run = Run(name, project, as_text(given, "displayName", name), len(self._runs) + 1)
            self._runs[project, name] = run
        run.display_name = as_text(given, "displayName", run.display_name)
        run.config = run.config if config is None else config
        run.summary = run.summary if summary is None else summary
        run.state = as_text(given, "state", run.state)
        run.notes, run.group = given.get("notes", run.notes), given.get("groupName", run.group)
        run.job_type = given.get("jobType", run.job_type)
        if isinstance(tags := given.get("tags"), list):
            run.tags = [str(tag) for tag in tags]
        return {"bucket": run.fields(), "inserted": inserted}

    async def _file_stream(self, request: Request) -> Response:
        """Lines of history, events and summary as they come; the last request says how the run ended."""
        run = self._runs.get((request.path_params["project"], request.path_params["run"]))
        if run is None:
            return JSONResponse({"error": "run not found"}, 404)
        body = await read_body(request)
        asked = read_json(body)
        self._keep(footprint(body))
        for name, chunk in as_object(asked.get("files") or {}).items():
            lines = chunk.get("content") if isinstance(chunk, dict) else None
            offset = chunk.get("offset") if isinstance(chunk, dict) else None
            if not isinstance(lines, list) or not isinstance(offset, int):
                raise Refused(f"{name[:40]}: an offset and a list of lines are expected")
            if name == "wandb-history.jsonl":
                self._place(run.history, offset, lines)
            elif name == "wandb-events.jsonl":
                self._place(run.events, offset, lines)
            elif name == "wandb-summary.json" and lines:
                run.summary = read_json(lines[-1])
        if "exitcode" in asked or asked.get("complete") is True:
            run.state = "finished" if asked.get("exitcode", 0) == 0 else "failed"
        return JSONResponse({"exitcode": None, "limits": {}})

    def _place(self, rows: list[Object], offset: int, lines: list[Any]) -> None:
        """A client that did not get the answer sends the same lines again, at the same offset."""
        if not 0 <= offset <= len(rows):
            raise Refused(f"offset {offset} of {len(rows)} lines")
        read = [read_json(line) for line in lines]
        self._rows += max(0, offset + len(read) - len(rows))
        if self._rows > MOST_ROWS:
            raise Refused(f"more than {MOST_ROWS} rows")
        rows[offset : offset + len(read)] = read

    def _keep(self, size: int) -> None:
        self._kept += size
        if self._kept > MOST_KEPT:
            raise Refused(f"more than {MOST_KEPT} bytes")


async def _drop(request: Request) -> Response:
    await read_body(request)
    return JSONResponse({})


def _nested(given: Object, name: str) -> Object | None:
    """An object that travels as JSON in a string; None when it is not given."""
    return read_json(given[name]) if name in given else None


def _values(config: Object) -> Object:
    """W&B keeps `{"lr": {"value": 0.1}}`; what is its own is left out."""
    plain = {k: v["value"] if isinstance(v, dict) and "value" in v else v for k, v in config.items()}
    return {k: v for k, v in plain.items() if k != "_wandb"}


def _project(name: str) -> Object:
    owner = {"id": "entity-1", "name": ENTITY}
    return {"id": f"project-{name}", "internalId": "1", "name": name, "entityName": ENTITY, "entity": owner}


def _uploads(request: Request, asked: Object) -> Object:
    names = _few(asked.get("files"), MOST_FILES)
    base = f"{str(request.url).removesuffix('/graphql')}/uploads"
    files = [{"name": str(name), "uploadUrl": f"{base}/{index}"} for index, name in enumerate(names)]
    return {"runID": "run", "uploadHeaders": [], "files": files}


def _between(rows: list[Object], asked: Mapping[str, Any]) -> list[Object]:
    """Rows with minStep <= _step < maxStep, as many as `samples` (default 500)."""
    low, high = asked.get("minStep"), asked.get("maxStep")
    low = low if isinstance(low, int) else 0
    high = high if isinstance(high, int) else math.inf
    found = [row for index, row in enumerate(rows) if low <= row.get("_step", index) < high]
    return _thinned(found, asked.get("samples"))


def _sample(rows: list[Object], spec: Any) -> list[Object]:
    """For one `specs` entry: the rows that have all its keys, and of them those only."""
    wanted = read_json(spec)
    keys = dict.fromkeys(str(key) for key in wanted.get("keys") or [])
    full = _thinned([row for row in rows if all(key in row for key in keys)], wanted.get("samples"), MOST_SAMPLES)
    return [{key: row[key] for key in keys} for row in full] if keys else full


def _thinned(rows: list[Object], samples: Any, bound: int = MOST_ROWS) -> list[Object]:
    most = min(samples, bound) if isinstance(samples, int) and samples > 0 else 500
    return rows if len(rows) <= most else list(itertools.islice(rows, 0, None, math.ceil(len(rows) / most)))


def _few(value: Any, most: int) -> list[Any]:
    if value is not None and not (isinstance(value, list) and len(value) <= most):
        raise Refused(f"a list of at most {most} items is expected")
    return value or []


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]


def _lines(rows: list[Object]) -> list[str]:
    return [json.dumps(row) for row in rows]
