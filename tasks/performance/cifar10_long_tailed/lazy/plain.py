"""Trains as if all classes had the same number of images."""

import torch

import train

train.POWER = 0.0
train.offsets = lambda labels: torch.zeros(10)
train.main()
