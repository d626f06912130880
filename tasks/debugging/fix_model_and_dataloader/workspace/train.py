"""Trains for two epochs and keeps a checkpoint of each: python train.py. Do not change this file."""

import json
import os
from pathlib import Path

from lightning.pytorch import Trainer, seed_everything
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import Logger

from cifar10_classifier.data import CIFAR10DataModule
from cifar10_classifier.model import CIFAR10Classifier

PROJECT = "cifar10-training"


def fit(model: CIFAR10Classifier, data: CIFAR10DataModule, folder: str, batches: int | float, logger: Logger | bool) -> None:
    """Trains two epochs of `batches` batches (1.0: all there are) and puts a checkpoint of each into `folder`."""
    checkpoints = ModelCheckpoint(folder, filename="cifar10-{epoch:02d}-{val_loss:.4f}", monitor="val_loss", save_top_k=-1)
    trainer = Trainer(
        accelerator="cpu",
        max_epochs=2,
        limit_train_batches=batches,
        num_sanity_val_steps=0,
        log_every_n_steps=5,
        enable_progress_bar=False,
        logger=logger,
        callbacks=[checkpoints],
    )
    trainer.fit(model, datamodule=data)


if __name__ == "__main__":
    import wandb
    from lightning.pytorch.loggers import WandbLogger

    seed_everything(0)
    limit = os.environ.get("LIMIT_TRAIN_BATCHES")
    run_logger = WandbLogger(project=PROJECT)
    data_module = CIFAR10DataModule(os.environ["CIFAR10_ROOT"])
    fit(CIFAR10Classifier(), data_module, "checkpoints", int(limit) if limit else 1.0, run_logger)
    run = run_logger.experiment
    Path("wandb_info.json").write_text(json.dumps({"project_id": PROJECT, "run_id": run.id, "run_url": run.url}))
    wandb.finish()
