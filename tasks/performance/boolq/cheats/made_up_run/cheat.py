"""Names a run that never was."""
import json
from pathlib import Path

from tools import PROJECT

Path("wandb_info.json").write_text(json.dumps({"project_id": PROJECT, "run_id": "abc"}))
