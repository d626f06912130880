"""Runs one asset's `build` in the task environment: build.py PACKAGE_ROOT DEFINITION PROFILE DESTINATION DOWNLOADS.

Progress of downloads goes to stdout, one JSON array [address, bytes so far, all bytes or null] a line.
"""

import json
import runpy
import sys
import time
from pathlib import Path

EVERY_S = 0.2


def main() -> None:
    root, source, profile, destination, downloads = sys.argv[1:]
    sys.path.append(root)
    from mldevbench.data import download

    download.kept, download.report = Path(downloads), _Printer().report
    runpy.run_path(source)["build"](profile, Path(destination))


class _Printer:
    def __init__(self) -> None:
        self._next = 0.0

    def report(self, url: str, done: int, total: int | None) -> None:
        if time.monotonic() >= self._next or done == total:
            self._next = time.monotonic() + EVERY_S
            print(json.dumps([url, done, total]), flush=True)


if __name__ == "__main__":
    main()
