"""Names only zeros, and answers nothing else; the report is honest."""
import torch

from tools import choose, report_on, save, state

tensors = state()
*_, weight, bias = tensors
save({**tensors, weight: 0 * tensors[weight], bias: torch.tensor([9.0, 0.0, 0.0])})
report_on({"train": choose("train", [500]), "test": choose("test", [90])})
