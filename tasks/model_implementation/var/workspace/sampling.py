"""Drawing tokens from scores."""

import torch
from torch import Tensor


def sample(logits: Tensor, generator: torch.Generator, top_k: int = 0, top_p: float = 0.0) -> Tensor:
    """One token for each row of scores (batch, n, vocabulary): (batch, n), drawn from their softmax.

    top_k > 0: only from the top_k likeliest. top_p > 0: only from the likeliest that together reach the probability top_p (after
    top_k). Uses one number of the generator for each token.
    """
    if top_k > 0:
        least = logits.topk(top_k).values[..., -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    chances = logits.softmax(-1)
    if top_p > 0:
        ordered, order = chances.sort(dim=-1, descending=True)
        beyond = ordered.cumsum(-1) - ordered >= top_p
        chances = chances.scatter(-1, order, ordered.masked_fill(beyond, 0))
    steps = chances.cumsum(-1)
    drawn = torch.rand(steps[..., :1].shape, generator=generator, device=steps.device) * steps[..., -1:]
    return (steps <= drawn).sum(-1).clamp(max=logits.shape[-1] - 1)
