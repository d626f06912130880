# A run made by bare requests, and never read back.
python - <<'X'
import json, os, time
from urllib.request import Request, urlopen

base = os.environ["WANDB_BASE_URL"]
post = lambda path, data: urlopen(Request(base + path, json.dumps(data).encode(), {"Content-Type": "application/json"})).read()
query = "mutation U($i: I!) { upsertBucket(input: $i) { inserted } }"
name, now = f"test-run-{int(time.time())}", time.time()
given = {"modelName": "ml_workflow_test_wandb", "name": "abc", "displayName": name, "tags": ["test", "evaluation"]}
post("/graphql", {"query": query, "variables": {"i": given}})
step = {"training_loss": 0.5, "validation_loss": 0.4, "epoch": 0}
lines = {"offset": 0, "content": [json.dumps(step)]}
post("/files/agent/ml_workflow_test_wandb/abc/file_stream", {"files": {"wandb-history.jsonl": lines}, "complete": True, "exitcode": 0})
post("/graphql", {"query": "{ viewer { id } }"})
json.dump({"run_id": "abc", "created_at": now}, open("wandb_info.json", "w"))
json.dump(step, open("wandb_metrics.json", "w"))
X
