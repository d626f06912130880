"""Visual autoregressive modelling: an image is drawn scale by scale, from a single token to the full map."""

import torch
from torch import Tensor, nn

from blocks import Block, Head
from sampling import sample
from vqvae import VQVAE


class VAR(nn.Module):
    """A transformer over the tokens of all levels of a VQVAE; all tokens of a level are predicted together.

    Args:
        sizes: the side of each level's map, ascending from 1, two levels at least.
        vocabulary, channels: codes of the VQVAE, and features of a code.
        classes: number of classes; the class `classes` stands for none.
        width, depth, heads: of the transformer.
        drop_rate: how often a label is dropped in training.
    """

    def __init__(
        self,
        sizes: tuple[int, ...],
        vocabulary: int,
        channels: int,
        classes: int,
        width: int,
        depth: int,
        heads: int,
        drop_rate: float = 0.1,
    ) -> None:
        super().__init__()
        self.sizes, self.classes, self.drop_rate = tuple(sizes), classes, drop_rate
        ends = [sum(side**2 for side in self.sizes[: level + 1]) for level in range(len(self.sizes))]
        begins = [0, *ends[:-1]]
        self.bounds = list(zip(begins, ends, strict=True))  # of each level: its first token, and the first one after it
        self.vqvae = VQVAE(self.sizes, vocabulary, channels).requires_grad_(False)
        self.class_embedding = nn.Embedding(classes + 1, width)
        self.start = nn.Parameter(torch.randn(1, 1, width))
        self.word = nn.Linear(channels, width)
        self.positions = nn.Parameter(torch.randn(1, ends[-1], width))
        self.level_embedding = nn.Embedding(len(self.sizes), width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.head = Head(width, vocabulary)
        levels = torch.arange(len(self.sizes)).repeat_interleave(torch.tensor(self.sizes) ** 2)
        self.register_buffer("levels", levels, persistent=False)  # the level of each token

    def autoregressive_infer_cfg(
        self,
        batch: int,
        labels: Tensor | int | None = None,
        seed: int | None = None,
        cfg: float = 1.5,
        top_k: int = 0,
        top_p: float = 0.0,
    ) -> Tensor:
        """Draws images, level by level, with classifier-free guidance.

        Args:
            batch: how many.
            labels: the class of each image (batch,), or of all of them; None: drawn.
            seed: of the random numbers; None: a different one each time.
            cfg: strength of the guidance at the last level.
            top_k, top_p: as `sample` takes them.

        Returns:
            Images (batch, 3, 4 * sizes[-1], 4 * sizes[-1]) with values in [0, 1].

        Raises:
            IndexError: a label is not in 0 .. classes - 1.
        """
        generator = torch.Generator(self.positions.device)
        generator.seed() if seed is None else generator.manual_seed(seed)
        if labels is None:
            labels = torch.randint(self.classes, (batch,), generator=generator, device=self.positions.device)
        labels = torch.as_tensor(labels, device=self.positions.device).expand(batch)
        self._check(labels)
        try:
            self._cache(True)
            with torch.no_grad():
                return self._draw(labels, generator, cfg, top_k, top_p)
        finally:
            self._cache(False)

    def _draw(self, labels: Tensor, generator: torch.Generator, cfg: float, top_k: int, top_p: float) -> Tensor:
        condition = self.class_embedding(torch.cat([labels, torch.full_like(labels, self.classes)]))
        places = self.positions + self.level_embedding(self.levels)
        side, last = self.sizes[-1], len(self.sizes) - 1
        total = places.new_zeros(len(labels), self.word.in_features, side, side)
        x = condition[:, None] + self.start + places[:, :1]
        for level, (begin, end) in enumerate(self.bounds):
            if level > 0:
                x = (self.word(self.vqvae.quantizer.shrink(total, level)) + places[:, begin:end]).repeat(2, 1, 1)
            for block in self.blocks:
                x = block(x, condition)
            wanted, free = self.head(x, condition).chunk(2)
            strength = cfg * level / last
            tokens = sample((1 + strength) * wanted - strength * free, generator, top_k, top_p)
            total = total + self.vqvae.quantizer.part(level, tokens)
        return (self.vqvae.images(total) + 1) / 2

    def forward(self, labels: Tensor, inputs: Tensor, prog_si: int = -1) -> Tensor:
        """Scores of all tokens, given the true tokens of the levels before (teacher forcing).

        Args:
            labels: the class of each image (batch,).
            inputs: as `Quantizer.teacher_inputs` gives them; rows that are not needed may be there or not.
            prog_si: the last level (progressive training); -1: all levels.

        Returns:
            Scores (batch, n, vocabulary) of the n tokens up to and with the last level.

        Raises:
            IndexError: a label is not in 0 .. classes - 1, or there is no such level.
        """
        if not -1 <= prog_si < len(self.sizes):
            raise IndexError(f"there is no level {prog_si}")
        self._check(labels)
        if self.training:
            dropped = torch.rand(labels.shape, device=labels.device) < self.drop_rate
            labels = labels.masked_fill(dropped, self.classes)
        end, levels = self.bounds[prog_si][1], self.levels
        condition = self.class_embedding(labels)
        x = torch.cat([condition[:, None] + self.start, self.word(inputs[:, : end - 1])], dim=1)
        x = x + self.positions[:, :end] + self.level_embedding(levels[:end])
        mask = levels[:end, None] >= levels[None, :end]
        for block in self.blocks:
            x = block(x, condition, mask)
        return self.head(x, condition)

    def _check(self, labels: Tensor) -> None:
        if ((labels < 0) | (labels >= self.classes)).any():
            raise IndexError(f"the labels are 0 to {self.classes - 1}")

    def _cache(self, on: bool) -> None:
        for block in self.blocks:
            block.attention.cache(on)
