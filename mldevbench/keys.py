"""Provider keys: read from the driver's environment or a secret file, given to gateways, and to nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from mldevbench.outcome import UserError

FILE_VARIABLE = "MLDEVBENCH_KEYS_FILE"


def provider_keys() -> dict[str, str]:
    """Variables named `*_API_KEY` of this process, and `NAME=value` lines of the file that `$MLDEVBENCH_KEYS_FILE` names.

    In a Ray job use the file: variables of a job's runtime environment are shown by the job API.
    """
    keys = {name: value for name, value in os.environ.items() if name.endswith("_API_KEY") and value}
    path = os.environ.get(FILE_VARIABLE)
    if not path:
        return keys
    try:
        lines = Path(path).read_text().splitlines()
    except OSError as error:
        raise UserError(f"${FILE_VARIABLE} names {path}, which cannot be read: {error.strerror}") from None
    for line in (text.strip() for text in lines):
        name, equals, value = line.partition("=")
        if line and not line.startswith("#"):
            if not equals:
                raise UserError(f"{path}: a line holds no NAME=value; write one key a line")
            keys[name.strip()] = value.strip().strip("\"'")
    return keys
