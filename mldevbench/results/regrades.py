"""The dataset `regrades/`: one immutable part for each run of `mldevbench report regrade`. No sweep ever writes it."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any

from mldevbench.results.schema import schema
from mldevbench.results.storage import Storage


def write_regrades(storage: Storage, rows: Sequence[Mapping[str, Any]]) -> str:
    """Returns the part's name, which sorts by time."""
    import pyarrow as pa
    from pyarrow import parquet

    from mldevbench.results.rows import fit

    buffer = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist([fit(dict(row)) for row in rows], schema=schema("regrades")), buffer)
    name = f"regrades/part-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{token_hex(4)}.parquet"
    storage.put(name, buffer.getvalue())
    return name


def read_regrades(storage: Storage) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    def read(name: str) -> Any:
        return parquet.read_table(io.BytesIO(storage.get(f"regrades/{name}")), use_threads=False).cast(schema("regrades"))

    return pa.concat_tables([schema("regrades").empty_table(), *storage.each(read, storage.names("regrades"))])
