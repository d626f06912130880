"""A small labelling service: projects, datasets of images, and tasks by which the images of a dataset are labelled.

Everything is kept in memory, for one trial. Nobody labels anything: a task is complete some time after it was made.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mldevbench.services.bounds import Object, Refused, as_text, guarded, read_body, read_json

PIXELS = 28 * 28
MOST_ROWS_AT_ONCE = 3
MOST_ROWS = 2000
MOST_OBJECTS = 200
MOST_KEY = 200
RUNNING_AFTER_S, COMPLETE_AFTER_S = 0.2, 0.7


class Service:
    def __init__(self) -> None:
        self._projects: dict[str, Object] = {}
        self._datasets: dict[str, Object] = {}
        self._tasks: dict[str, Object] = {}
        self._made: dict[str, float] = {}  # when each task was
        self._rows = 0

    def routes(self) -> list[Route]:
        return [
            Route("/projects", self._answer(self._make_project), methods=["POST"]),
            Route("/projects/{id}", self._answer(self._project), methods=["GET"]),
            Route("/projects/{id}/datasets", self._answer(self._attach), methods=["POST"]),
            Route("/datasets", self._answer(self._make_dataset), methods=["POST"]),
            Route("/datasets/{id}", self._answer(self._dataset), methods=["GET"]),
            Route("/datasets/{id}/rows", self._answer(self._add_rows), methods=["POST"]),
            Route("/tasks", self._answer(self._make_task), methods=["POST"]),
            Route("/tasks/{id}", self._answer(self._task), methods=["GET"]),
        ]

    def record(self) -> Object:
        """All objects by their identifiers. `told` of a task is the last status that was asked for and told."""
        return {"projects": self._projects, "datasets": self._datasets, "tasks": self._tasks}

    def _answer(self, act: Callable[[str, Object], Object]) -> Callable[[Request], Any]:
        """A handler that gives `act` the identifier in the path and the object in the body."""

        async def answer(request: Request) -> Response:
            kind, _, key = request.headers.get("authorization", "").partition(" ")
            if kind != "Bearer" or not key:
                return JSONResponse({"errors": [{"message": "Authorization: Bearer KEY is missing"}]}, 401)
            given = read_json(await read_body(request)) if request.method == "POST" else {}
            try:
                return JSONResponse(act(request.path_params.get("id", ""), given), 201 if given else 200)
            except KeyError:
                return JSONResponse({"errors": [{"message": "there is no such object"}]}, 404)

        return guarded(answer)

    def _make_project(self, _: str, given: Object) -> Object:
        return _keep(self._projects, {"name": _name(given), "dataset_ids": []})

    def _project(self, id: str, _: Object) -> Object:
        return {"id": id, **self._projects[id]}

    def _attach(self, id: str, given: Object) -> Object:
        project, dataset = self._projects[id], as_text(given, "dataset_id", "")
        if dataset in self._datasets and dataset not in project["dataset_ids"]:
            project["dataset_ids"].append(dataset)
        return {"id": id, **project, "attached": self._datasets[dataset]["name"]}

    def _make_dataset(self, _: str, given: Object) -> Object:
        return _keep(self._datasets, {"name": _name(given), "rows": []})

    def _dataset(self, id: str, _: Object) -> Object:
        dataset = self._datasets[id]
        return {"id": id, "name": dataset["name"], "row_ids": [row["id"] for row in dataset["rows"]]}

    def _add_rows(self, id: str, given: Object) -> Object:
        dataset, rows = self._datasets[id], given.get("rows")
        if not isinstance(rows, list) or not 0 < len(rows) <= MOST_ROWS_AT_ONCE:
            raise Refused(f"rows: a list of 1 to {MOST_ROWS_AT_ONCE} rows is expected")
        if self._rows + len(rows) > MOST_ROWS:
            raise Refused(f"more than {MOST_ROWS} rows")
        read = [_row(row) for row in rows]
        self._rows += len(read)
        dataset["rows"] += read
        return {"ids": [row["id"] for row in read]}

    def _make_task(self, _: str, given: Object) -> Object:
        project, dataset = as_text(given, "project_id", ""), as_text(given, "dataset_id", "")
        if dataset not in self._projects[project]["dataset_ids"]:
            raise Refused("the dataset is not attached to the project")
        if not self._datasets[dataset]["rows"]:
            raise Refused("the dataset has no rows")
        rows = [row["id"] for row in self._datasets[dataset]["rows"]]
        task = _keep(self._tasks, {"project_id": project, "dataset_id": dataset, "row_ids": rows, "told": "queued"})
        self._made[task["id"]] = time.monotonic()
        return {"id": task["id"], "status": "queued"}

    def _task(self, id: str, _: Object) -> Object:
        task, age = self._tasks[id], time.monotonic() - self._made.get(id, 0.0)
        task["told"] = "queued" if age < RUNNING_AFTER_S else "running" if age < COMPLETE_AFTER_S else "complete"
        return {"id": id, "status": task["told"], "row_ids": task["row_ids"]}


def _keep(objects: dict[str, Object], made: Object) -> Object:
    """Gives a new object an identifier that nobody can guess."""
    if len(objects) >= MOST_OBJECTS:
        raise Refused(f"more than {MOST_OBJECTS} objects of a kind")
    id = secrets.token_hex(8)
    objects[id] = made | {"created_at": datetime.now(UTC).isoformat()}
    return {"id": id, **objects[id]}


def _name(given: Object) -> str:
    if not _is_short(name := given.get("name")):
        raise Refused(f"name: a printable text of 1 to {MOST_KEY} characters is expected")
    return str(name)


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MOST_KEY and value.isprintable()


def _row(given: Any) -> Object:
    key, text = (given.get("key"), given.get("image")) if isinstance(given, dict) else (None, None)
    if not _is_short(key) or not isinstance(text, str):
        raise Refused(f"a row has a key (a printable text of 1 to {MOST_KEY} characters) and an image (a text)")
    try:
        pixels = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"row {key}: the image is no base64") from None
    if len(pixels) != PIXELS:
        raise Refused(f"row {key}: the image has {len(pixels)} bytes, not {PIXELS}")
    return {"id": secrets.token_hex(8), "key": key, "image": base64.b64encode(pixels).decode()}
