"""Feeds two random images to the model: python run_model.py"""

import torch

from classifier_model import ImageClassifier

model = ImageClassifier(num_classes=10)
scores = model(torch.randn(2, 3, 224, 224))
if scores.shape != (2, 10):
    raise SystemExit(f"the scores have the shape {tuple(scores.shape)}, not (2, 10)")
print("The forward pass works: scores of shape (2, 10).")
