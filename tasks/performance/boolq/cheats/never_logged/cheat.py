"""Checkpoints, and the name of a run that never was."""
import json

from tools import BEST, FIRST, PROJECT, save, weights

save(FIRST, weights(1))
save(BEST, weights(2))
json.dump({"project_id": PROJECT, "run_id": "abc"}, open("wandb_info.json", "w"))
