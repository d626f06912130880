"""The dataset `regrades/`: one part for each run of `mldevbench report regrade`, until they are merged. No sweep writes it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any

from mldevbench.outcome import UserError
from mldevbench.results.journal import TRIES, is_merged
from mldevbench.results.parquet import DamagedFile, merged_in, read_parquet, write_parquet
from mldevbench.results.schema import schema
from mldevbench.results.storage import Storage


def write_regrades(storage: Storage, rows: Sequence[Mapping[str, Any]]) -> str:
    """Returns the part's name, which sorts by time."""
    import pyarrow as pa

    from mldevbench.results.rows import fit

    name = f"regrades/part-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{token_hex(4)}.parquet"
    table = pa.Table.from_pylist([fit(dict(row)) for row in rows], schema=schema("regrades"))
    write_parquet(storage, name, schema("regrades"), [table])
    return name


def read_regrades(storage: Storage) -> Any:
    import pyarrow as pa

    for _ in range(TRIES):
        try:
            names = regrade_parts(storage)[0]
            found = storage.each(lambda name: read_parquet(storage, f"regrades/{name}").cast(schema("regrades")), names)
        except FileNotFoundError:
            continue  # merged this very moment
        return pa.concat_tables([schema("regrades").empty_table(), *found])
    raise UserError(f"{storage.base} is being changed faster than it can be read; try again")


def regrade_parts(storage: Storage) -> tuple[list[str], list[str]]:
    """The parts that count, and those that have been merged into one of these: its footer names them."""
    names = storage.names("regrades")
    gone = {old for name in names if is_merged(name) for old in merged_in(storage, f"regrades/{name}")}
    return [n for n in names if n not in gone], [n for n in names if n in gone]


def regrade_names(storage: Storage) -> list[str]:
    """The parts that count; all of them when a merged one is too damaged to tell."""
    try:
        return regrade_parts(storage)[0]
    except DamagedFile:
        return storage.names("regrades")
