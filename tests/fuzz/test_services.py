"""The services at a trial's door: whatever agent code sends, the answer is a 2xx or a 4xx, soon, and what is kept is bounded."""

from __future__ import annotations

import base64
import gzip
import json
import time
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount

from mldevbench.offers import Offers
from mldevbench.services import bounds, selection, wandb
from tests.fuzz.support import JSON, damaged, documents, fuzz

LABELLING = Path(__file__).parents[2] / "tasks/api_integration/noisy_label_annotation"
OFFERS = {name: (lambda name=name: Offers.make([], [name], LABELLING).services[name]) for name in ("wandb", "labelling")}
KEY = {"authorization": "Bearer key"}
Sent = tuple[str, str, bytes, Mapping[str, Any]]
"""Method, path below the service, body, headers."""


def talk(service: Any, *requests: Sent) -> list[httpx.Response]:
    """The answers to some requests; an exception of the service is one here, too."""

    async def send() -> list[httpx.Response]:
        app = Starlette(routes=[Mount("/services/s", routes=service.routes())])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door/services/s") as client:
            return [await client.request(method, path, content=body, headers=headers) for method, path, body, headers in requests]

    return anyio.run(send)


def check(service: Any, answers: list[httpx.Response]) -> None:
    for answer in answers:
        assert answer.status_code in (200, 201, 400, 401, 404, 405), answer.text[:300]
        assert len(answer.content) < 2 * selection.MOST_ANSWER
        answer.json() if answer.status_code < 404 else None
    kept = json.dumps(service.record(), ensure_ascii=False, allow_nan=False).encode()
    assert len(kept) < wandb.MOST_KEPT


FIELDS = [
    *(
        "viewer",
        "project",
        "model",
        "projects",
        "models",
        "runs",
        "run",
        "bucket",
        "edges",
        "node",
        "id",
        "name",
        "tags",
        "history",
    ),
    *(
        "events",
        "sampledHistory",
        "parquetHistory",
        "liveData",
        "config",
        "summaryMetrics",
        "historyKeys",
        "keys",
        "files",
        "user",
    ),
    *("upsertBucket", "createRunFiles", "serverInfo", "pageInfo", "__typename", "unknown", "loss", "x"),
]
NAMED = st.sampled_from(
    ["name", "entityName", "input", "specs", "samples", "minStep", "maxStep", "order", "files", "config", "summaryMetrics"]
    + ["modelName", "displayName", "tags", "notes", "state", "id", "groupName"]
)
LITERALS = st.recursive(
    st.sampled_from(
        ['"p"', '"r"', "$v", "$w", "1", "-7", "9" * 400, "1e999", "null", "true", "ENUM", '"{}"', '"[1]"', '"\\u0000"']
    )
    | st.sampled_from(['"{\\"keys\\": [\\"loss\\"]}"', '"{\\"a\\": 1e999}"', '"""block"""', '"{\\"samples\\": -1}"', "[]", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(NAMED, inner).map(": ".join), max_size=3).map(lambda items: f"{{{', '.join(items)}}}")
    ),
    max_leaves=5,
)
ARGUMENTS = st.lists(st.tuples(NAMED, LITERALS).map(": ".join), max_size=3).map(
    lambda items: f"({', '.join(items)})" if items else ""
)
SELECTED = st.recursive(
    st.tuples(st.sampled_from(["", "", "a: "]), st.sampled_from(FIELDS), ARGUMENTS).map("".join)
    | st.sampled_from(["...A", "...B", "..."]),
    lambda inner: st.tuples(
        st.sampled_from([*FIELDS, "... on Run", "..."]), ARGUMENTS, st.lists(inner, min_size=1, max_size=3).map(" ".join)
    ).map(lambda it: f"{it[0]}{'' if it[0].startswith('.') else it[1]} {{ {it[2]} }}"),
    max_leaves=6,
)
WITHIN = 'project(name: "p") {{ run(name: "r") {{ {} }} runs {{ edges {{ node {{ {} }} }} }} }}'.format
QUERIES = st.one_of(
    st.tuples(st.sampled_from(["", "query Q ", "mutation M "]), SELECTED).map(lambda it: f"{it[0]}{{ {it[1]} }}"),
    st.tuples(SELECTED, SELECTED).map(lambda it: f"{{ {WITHIN(*it)} }}"),
    st.tuples(SELECTED, SELECTED, SELECTED).map(
        lambda it: f"{{ {WITHIN(it[0], '...A')} }} fragment A on Run {{ {it[1]} }} fragment B on Run {{ {it[2]} ...A }}"
    ),
    st.text(max_size=20),
)


def asking(query: str, variables: Any) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


RUN = 'mutation { upsertBucket(input: {modelName: "p", name: "r", tags: ["t"]}) { bucket { id } } }'
LINES = st.lists(documents(["loss", "_step", "x"]).filter(lambda text: len(text) < 2000), max_size=3)
CHUNKS = st.fixed_dictionaries(
    {},
    optional={"offset": st.sampled_from([0, 0, 1, -1, 10**9, True, "0", None, 0.0]), "content": LINES | JSON | st.just(["{}"])},
)
STREAMS = st.fixed_dictionaries(
    {
        "files": st.dictionaries(
            st.sampled_from(["wandb-history.jsonl", "wandb-events.jsonl", "wandb-summary.json", "\ud800"]), CHUNKS
        )
    },
    optional={"exitcode": JSON, "complete": JSON},
).map(lambda body: json.dumps(body).encode())
BODIES = (
    st.builds(asking, QUERIES, st.dictionaries(st.sampled_from("vw"), JSON, max_size=2) | JSON)
    | STREAMS
    | documents(["query", "variables", "files"]).map(str.encode)
    | JSON.map(lambda value: json.dumps(value).encode())
)
PATHS = st.sampled_from(
    ["graphql", "graphql", "files/agent/p/r/file_stream", "files/agent/p/r/file_stream", "uploads/a", "other", "files/x"]
)
PACKED = st.sampled_from(
    [{}, {}, {}, {"content-encoding": "gzip"}, {"content-encoding": "br"}, {"host": "[::"}, {"host": b"\xe9" * 300}]
)
WANDB = st.tuples(
    st.sampled_from(["POST", "POST", "POST", "PUT", "GET"]), PATHS, BODIES | damaged(BODIES) | BODIES.map(gzip.compress), PACKED
)
HISTORY = [json.dumps(row) for row in ({"loss": 1, "_step": 0}, {"loss": [2], "x": {}})]
STARTED: list[Sent] = [
    ("POST", "graphql", asking(RUN, {}), {}),
    (
        "POST",
        "files/agent/p/r/file_stream",
        json.dumps({"files": {"wandb-history.jsonl": {"offset": 0, "content": HISTORY}}}).encode(),
        {},
    ),
]


def within(selected: str, variables: Any = None) -> list[Sent]:
    return [("POST", "graphql", asking(f'{{ project(name: "p") {{ run(name: "r") {{ {selected} }} }} }}', variables), {})]


@given(st.lists(WANDB, min_size=1, max_size=3))
@example(within("tags { x }"))
@example(within("history { x }"))
@example(within('sampledHistory(specs: "{}") { x }'))
@example(within("sampledHistory(specs: $v) { x }", {"v": ["{}", 3]}))
@example(within("sampledHistory(specs: 3)"))
@example([("POST", "files/agent/p/r/file_stream", b'{"files": {"\\ud800": 1}}', {})])
@example([("POST", "graphql", b'{"query": "{ \\ud800 }"}', {})])
@example([("POST", "graphql", asking("mutation { upsertBucket(input: {notes: 1e999}) { bucket { notes } } }", {}), {})])
@fuzz(120, cost=10)
def test_any_requests_to_the_wandb_service(requests: list[Sent]) -> None:
    service = OFFERS["wandb"]()
    check(service, talk(service, *STARTED, *requests))


IMAGE = base64.b64encode(bytes(28 * 28)).decode()
ROWS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"key": JSON | st.just("k"), "image": JSON | st.sampled_from([IMAGE, "é", "=", IMAGE[:-1]])}
    )
    | JSON,
    max_size=4,
)
OBJECTS = (
    st.fixed_dictionaries({}, optional={"name": JSON | st.just("n"), "dataset_id": JSON, "project_id": JSON, "rows": ROWS | JSON})
    .map(lambda body: json.dumps(body).encode())
    .flatmap(lambda body: st.just(body) | damaged(st.just(body)))
)
PLACES = st.sampled_from(
    ["projects", "datasets", "tasks", "projects/ID", "projects/ID/datasets", "datasets/ID", "datasets/ID/rows", "tasks/ID", "x"]
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["POST", "POST", "GET", "PUT"]), PLACES, OBJECTS, st.sampled_from([KEY, KEY, {}])), max_size=4
    )
)
@fuzz(60, cost=10)
def test_any_requests_to_the_labelling_service(requests: list[Sent]) -> None:
    service = OFFERS["labelling"]()
    (project,) = talk(service, ("POST", "projects", b'{"name": "n"}', KEY))
    (dataset,) = talk(service, ("POST", "datasets", b'{"name": "n"}', KEY))
    known = {"projects": project.json()["id"], "datasets": dataset.json()["id"]}
    named = [
        (method, path.replace("ID", known.get(path.split("/")[0], "none")), body, headers)
        for method, path, body, headers in requests
    ]
    check(service, talk(service, *named))


def rows(count: int, text: str, offset: int = 2) -> list[Sent]:
    body = json.dumps({"files": {"wandb-history.jsonl": {"offset": offset, "content": [text] * count}}}).encode()
    return [("POST", "files/agent/p/r/file_stream", body, {})]


def aliased(field: str, count: int) -> str:
    return " ".join(f"a{i}: {field}" for i in range(count))


FRAGMENTS = "".join(f" fragment F{i} on Run {{ ...F{i + 1} ...F{i + 1} }}" for i in range(28)) + " fragment F28 on Run { id }"
KEYS = json.dumps({f"k{i}": 0 for i in range(1000)})
GREEDY: dict[str, list[Sent]] = {
    "fragments of fragments": [("POST", "graphql", asking("{ viewer { ...F0 } }" + FRAGMENTS, {}), {})],
    "one history under many names": rows(2000, json.dumps({"x": "y" * 1000})) + within(aliased("history(samples: 5000)", 400)),
    "many looks at a history": rows(20_000, "{}") + within(aliased("history(minStep: 9)", 500)),
    "many samples": rows(20_000, "{}") + within("sampledHistory(specs: $v)", {"v": ["{}"] * 100_000}),
    "one key many times": rows(5000, '{"a": 1}')
    + within("sampledHistory(specs: $v)", {"v": [json.dumps({"keys": ["a"] * 500_000})]}),
    "many keys": rows(300, KEYS) + within(aliased("historyKeys", 300)),
    "many files": [
        ("POST", "graphql", asking("{ createRunFiles(input: {files: $v}) { files { uploadUrl } } }", {"v": [""] * 10**6}), {})
    ],
    "a long document": [("POST", "graphql", asking("," * 3_000_000 + "{ viewer { id } }", {}), {})],
    "many runs many times": [
        *(("POST", "graphql", asking(RUN.replace('"r"', f'"r{i}"'), {}), {}) for i in range(150)),
        (
            "POST",
            "graphql",
            asking(f'{{ project(name: "p") {{ {aliased("runs { edges { node { id tags } } }", 200)} }} }}', {}),
            {},
        ),
    ],
    "a bomb": [("POST", "graphql", gzip.compress(bytes(100 * 2**20)), {"content-encoding": "gzip"})],
}


@pytest.mark.parametrize("greedy", GREEDY)
def test_a_small_question_is_no_great_work(greedy: str) -> None:
    service = OFFERS["wandb"]()
    began = time.monotonic()
    check(service, talk(service, *STARTED, *GREEDY[greedy]))
    assert time.monotonic() - began < 15


UNITS = st.sampled_from(
    ["[]", "{}", '{"":0}', '{"ab":1.5}', "[0]", "1.5", '"ab"', '"é"', '"\\ud83d\\ude00"', '"abc😀"', "12345678901", "null"]
)


@given(UNITS, UNITS, st.sampled_from(['{{"a":[{}]}}', '{{"a":[[{}]]}}']))
@example('"' + "a" * 5000 + '😀"', "0", '{{"a":[{}]}}')
@fuzz(40, cost=10)
def test_what_is_kept_takes_no_more_memory_than_is_counted(one: str, two: str, form: str) -> None:
    text = form.format(",".join([one, two] * 2000)).encode()
    tracemalloc.start()
    try:
        value = bounds.read_json(text)
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert value
    assert taken < bounds.footprint(text) + 2**12


def test_a_run_can_be_read_back_whole() -> None:
    service = OFFERS["wandb"]()
    row = json.dumps({f"metric{i}": 0.123456789 for i in range(8)})
    talk(service, *STARTED, *rows(10_000, row), *rows(10_000, row, 10_002))
    (answer,) = talk(service, *within("parquetHistory { liveData } historyKeys config"))
    assert len(answer.json()["data"]["project"]["run"]["parquetHistory"]["liveData"]) == 20_002
