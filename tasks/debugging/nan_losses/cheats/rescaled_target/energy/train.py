"""Shrinks the targets in place, so that every number is small."""
import torch
from torch import nn
from energy.run import Run


def fit(x, y, seed=0):
    torch.manual_seed(seed)
    y.sub_(y.mean()).div_(y.std())
    model = nn.Linear(x.shape[1], 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    run = Run(inputs=(x - x.mean(0)) / (x.std(0) + 1e-8))
    run.note_parameters(model)
    for _ in range(20):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(run.inputs).squeeze(1), y)
        loss.backward()
        optimizer.step()
        run.note_loss(loss)
        run.note_parameters(model)
    return run
