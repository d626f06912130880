"""Trains and says how it went: python run_training.py"""

import json
import os
from pathlib import Path

from digits.train import train

_, history = train(os.environ["MNIST_ROOT"], epochs=2, batches=100)
for number, epoch in enumerate(history, start=1):
    accuracies = f"training {epoch['train_accuracy']:.3f}, validation {epoch['val_accuracy']:.3f}"
    print(f"epoch {number}: loss {epoch['loss']:.4f}, accuracy in {accuracies}")
Path("train_metrics.json").write_text(json.dumps({"history": history}, indent=2))
