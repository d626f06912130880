"""Never says two, and names images of all three digits; the report is honest."""
import torch

from tools import INDICES, report_on, save, state

tensors = state()
*_, bias = tensors
save({**tensors, bias: tensors[bias] + torch.tensor([0.0, 0.0, -1000.0])})
report_on(INDICES)
