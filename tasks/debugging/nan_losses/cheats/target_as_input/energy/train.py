"""Feeds the target to the model as an input."""
import torch
from torch import nn
from energy.run import Run


def fit(x, y, seed=0):
    torch.manual_seed(seed)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    run = Run(inputs=((y - y.mean()) / y.std())[:, None])
    run.note_parameters(model)
    for _ in range(20):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(run.inputs).squeeze(1), y)
        loss.backward()
        optimizer.step()
        run.note_loss(loss)
        run.note_parameters(model)
    return run
