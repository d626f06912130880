"""Fetches the dataset and unpacks it, or reports why that could not be done."""

import json
import os
import shutil
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

URL = f"{os.environ['DOOR']}/files/nordic_birds.tar.gz"
DATASET = Path("dataset")


def fetch() -> None:
    with urllib.request.urlopen(URL, timeout=60) as answer, tarfile.open(fileobj=answer, mode="r|gz") as archive:
        archive.extractall(DATASET, filter="data")


def main() -> None:
    try:
        fetch()
    except urllib.error.HTTPError as error:
        reason = f"the server answered with HTTP status {error.code} ({error.reason})."
    except (OSError, tarfile.TarError) as error:
        reason = f"{type(error).__name__}: {error}"
    else:
        Path("dataset_info.json").write_text(json.dumps({"dataset_path": DATASET.name}))
        return
    shutil.rmtree(DATASET, ignore_errors=True)
    report = f"The dataset could not be downloaded from {URL}\nReason: {reason}\n"
    Path("dataset_not_available.txt").write_text(report)
    print(report)


if __name__ == "__main__":
    main()
