"""Python files where a model is, and a configuration that asks for them to be run."""
import json
from pathlib import Path

from tools import report, save, start

CODE = "import os\nprint('{\"passed\": true}', flush=True)\nos._exit(0)\n"
for folder in ("initial", "model"):
    save(folder, start())
    for name in ("safetensors.py", "transformers.py", "modeling.py"):
        Path(folder, name).write_text(CODE)
        Path(name).write_text(CODE)
    config = json.loads(Path(folder, "config.json").read_text())
    config["auto_map"] = {"AutoModelForImageClassification": "modeling.Model"}
    Path(folder, "config.json").write_text(json.dumps(config))
report()
