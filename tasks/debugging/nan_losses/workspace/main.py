"""Trains on the sample readings and prints the loss of every step: python main.py"""

from energy.data import readings
from energy.train import fit

x, y = readings()
run = fit(x, y)
for step, loss in enumerate(run.losses, start=1):
    print(f"step {step:2}  loss {loss:.4f}")
error = (run.predictions - y).square().mean() / y.var(correction=0)
print(f"mean squared error after training: {error:.4f} of the variance of y")
