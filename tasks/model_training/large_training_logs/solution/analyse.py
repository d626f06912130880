"""Reads each log once, line by line, and writes down how the run ended."""

import json
import math
import os
import re
from pathlib import Path
from typing import Any

STAMPED = re.compile(r"\d{4}-\d\d-\d\d ")
NUMBER = r"(nan|[\d.]+)"
COMPLETED = re.compile(rf" epoch \d+/\d+ completed \| loss {NUMBER} \| accuracy {NUMBER} \| learning rate \S+$")


def analyse(log: Path) -> dict[str, Any]:
    finished, metrics, error = False, {}, ""
    for line in log.read_text().splitlines():
        if found := COMPLETED.search(line):
            loss, accuracy = map(float, found.groups())
            if math.isfinite(loss) and math.isfinite(accuracy):
                metrics = {"accuracy": accuracy, "loss": loss}
        elif line and not STAMPED.match(line):  # of a traceback
            error = line
        finished = finished or " training finished after " in line
    message = None if finished else error
    return {"status": "success" if finished else "failed", "final_metrics": metrics, "error_message": message}


def main() -> None:
    logs = sorted(Path(os.environ["ASSET_TRAINING_LOGS"]).glob("run_*.log"))
    Path("training").mkdir(exist_ok=True)
    Path("training/training_analysis.json").write_text(json.dumps({log.stem: analyse(log) for log in logs}, indent=1))


if __name__ == "__main__":
    main()
