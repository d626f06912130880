"""Runs one asset's `build` in the task environment: build.py PACKAGE_ROOT DEFINITION PROFILE DESTINATION."""

import runpy
import sys
from pathlib import Path


def main() -> None:
    root, source, profile, destination = sys.argv[1:]
    sys.path.append(root)
    runpy.run_path(source)["build"](profile, Path(destination))


if __name__ == "__main__":
    main()
