"""The saved parameters make every prediction a zero; the report is honest."""
import torch

from tools import INDICES, report_on, save, state

tensors = state()
*_, weight, bias = tensors
save({**tensors, weight: 0 * tensors[weight], bias: torch.tensor([9.0, 0.0, 0.0])})
report_on(INDICES)
