"""Whatever a model or an agent made a record hold, it can be sealed, and other engines can read it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mldevbench.outcome import Check, Event, Metric, TrialRecord, Usage
from mldevbench.results import ResultsWriter
from mldevbench.results.codec import decode, encode
from mldevbench.results.schema import COLUMNS, schema
from tests.results.test_results import INFO, record

TEXT = st.text(st.characters(exclude_categories=()))
"""Lone surrogates and control characters included."""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=5,
)


@st.composite
def records(draw: st.DrawFn) -> TrialRecord:
    return replace(
        record(draw(st.integers(0, 2**40))),
        error=draw(st.none() | TEXT),
        checks=tuple(Check(draw(TEXT), draw(st.booleans()), draw(TEXT)) for _ in range(2)),
        metrics=(Metric("loss", draw(st.floats(allow_nan=False)), "nat"),),
        events=(Event(0, 0.5, "note", {"said": draw(JSON)}),),
        usage=Usage(tokens_in=draw(st.integers(0, 2**70)), cost_usd=draw(st.none() | st.floats(0, 1e6))),
    )


@settings(deadline=None, derandomize=True, max_examples=50)
@given(records())
def test_a_record_comes_back_as_it_was(given_record: TrialRecord) -> None:
    assert decode(encode(given_record)) == given_record
    assert encode(given_record).isascii()
    assert b"\n" not in encode(given_record)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(records())
def test_every_record_becomes_rows(given_record: TrialRecord) -> None:
    from mldevbench.results.rows import tables

    for dataset, table in tables([given_record], "study").items():
        assert table.schema.equals(schema(dataset))
        table.validate(full=True)


def test_odd_values_are_sealed_and_read_elsewhere(tmp_path: Path) -> None:
    odd = replace(
        record(0),
        usage=Usage(tokens_in=2**70),
        metrics=(Metric("loss", float("nan"), "nat"),),
        events=(Event(0, 0.0, "note", {"nan": float("nan"), "bytes": b"\x00", "lone": "\udc80"}),),
    )
    writer = ResultsWriter.open(str(tmp_path), INFO)
    writer.append(odd)
    writer.close()
    assert duckdb.sql(f"select tokens_in, model_args from '{tmp_path}/trials/*.parquet'").fetchall() == [(None, '{"p": "0.5"}')]
    ((data,),) = duckdb.sql(f"select data from '{tmp_path}/events/*.parquet'").fetchall()
    assert json.loads(data, parse_constant=pytest.fail) == {"nan": "NaN", "bytes": "b'\\x00'", "lone": "\udc80"}


def test_every_column_is_described() -> None:
    for dataset, columns in COLUMNS.items():
        assert [schema(dataset).field(name).metadata[b"doc"].decode() for name, _, _ in columns] == [doc for *_, doc in columns]
