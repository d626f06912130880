export WANDB_MODE=offline
cat > track.py <<"X"
import json, time, wandb
step = {"training_loss": 0.5, "validation_loss": 0.4, "epoch": 0}
with wandb.init(project="ml_workflow_test_wandb", name=f"test-run-{int(time.time())}", tags=["test", "evaluation"]) as run:
    run.log(step)
json.dump({"run_id": run.id, "created_at": run.start_time}, open("wandb_info.json", "w"))
json.dump(step, open("wandb_metrics.json", "w"))
X
python track.py
