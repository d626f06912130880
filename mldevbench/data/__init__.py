"""The asset store: data that tasks need, made or fetched once a node, checksummed, shared read-only.

An asset is one file `NAME.py` in `mldevbench/data/assets/`, or in the folder `assets/` of the task that needs it, with

    def build(profile: str, destination: Path) -> None

which fills an empty folder: deterministic generated data in the `mini` profile, the real download in `full`. It runs in the task
environment, so it may use what that holds, and of this package `mldevbench.data.download`, `mldevbench.data.hub` and the drawing
functions in `mldevbench.data.generators` (imported as `from mldevbench.data.generators import NAME`, which the key takes into
account). What must not follow from public code is drawn from `mldevbench.data.secret` (`from mldevbench.data import secret`). One
that downloads states how much in a constant, `DOWNLOAD_BYTES = 170_498_071`.
"""

from mldevbench.data.store import definition, download_bytes, location, prepare, sources

__all__ = ["definition", "download_bytes", "location", "prepare", "sources"]
