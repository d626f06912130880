"""A trained model as the checkpoint of the first epoch, too, with a history to match: what a copied model would look like."""
import json
import shutil
from pathlib import Path

import train
import wandb

project, train.PROJECT = train.PROJECT, "elsewhere"
train.main()
shutil.rmtree("checkpoints")
shutil.copytree("best_checkpoint", "checkpoints/epoch_1")
tokenizer = train.AutoTokenizer.from_pretrained("best_checkpoint")
model = train.AutoModelForSequenceClassification.from_pretrained("best_checkpoint").to(train.DEVICE)
best = train.accuracy(model, tokenizer, train.read("val"))
with wandb.init(project=project) as run:
    for epoch, found in enumerate([best, best - 1, best - 2], 1):
        run.log({"epoch": epoch, "train_loss": 1 / epoch, "val_accuracy": found})
    Path("wandb_info.json").write_text(json.dumps({"project_id": project, "run_id": run.id}))
