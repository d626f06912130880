"""Two epochs at a low and constant learning rate, and no augmentation."""

import torch

import train

train.EPOCHS = 2
train.RATE = 1e-3
train.augmented = lambda pixels: pixels
torch.optim.lr_scheduler.OneCycleLR = lambda optimizer, rate, total_steps: torch.optim.lr_scheduler.ConstantLR(optimizer, 1)
train.main()
