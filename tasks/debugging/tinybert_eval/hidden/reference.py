"""The checkpoint's network by plain tensor operations, and its questions as training tokenizes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from mldevbench.data.generators.answers import Record

LENGTH, HEADS, LAYERS, EPSILON = 128, 4, 2, 1e-12


class Reference:
    """A network whose weights may be drawn anew."""

    def __init__(self, folder: Path) -> None:
        self.state = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(LENGTH, strategy="only_second")
        self._tokenizer.enable_padding()

    def redraw(self, rng: np.random.Generator, records: list[Record]) -> None:
        """Other weights, with which half of these records are answered by yes."""
        for value in self.state.values():
            spread = 0.1 * float(value.std())
            value.add_(spread * torch.from_numpy(rng.standard_normal(tuple(value.shape), np.float32)))
        head, bias = (self.state[f"classifier.{name}"] for name in ("weight", "bias"))
        head.copy_(torch.from_numpy(rng.standard_normal(tuple(head.shape), np.float32)))
        bias.zero_()
        found = self.scores(records)
        bias[0] += float(np.median(found[:, 1] - found[:, 0]))

    def scores(self, records: list[Record]) -> np.ndarray:
        """Those of no and of yes, (n, 2)."""
        encoded = self._tokenizer.encode_batch([(record["question"], record["passage"]) for record in records])
        numbers, segments, mask = (
            torch.tensor([getattr(one, name) for one in encoded]) for name in ("ids", "type_ids", "attention_mask")
        )
        embedded = [
            self._embedding("word", numbers),
            self._embedding("position", torch.arange(numbers.shape[1])),
            self._embedding("token_type", segments),
        ]
        hidden = self._normal("bert.embeddings", sum(embedded))
        for layer in range(LAYERS):
            hidden = self._layer(f"bert.encoder.layer.{layer}", hidden, mask[:, None, None].bool())
        pooled = self._linear("bert.pooler.dense", hidden[:, 0]).tanh()
        return self._linear("classifier", pooled).numpy()

    def _layer(self, name: str, hidden: Tensor, mask: Tensor) -> Tensor:
        parts = [self._linear(f"{name}.attention.self.{part}", hidden) for part in ("query", "key", "value")]
        queries, keys, values = (part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in parts)
        mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask).transpose(1, 2).flatten(2)
        hidden = self._added(f"{name}.attention.output", mixed, hidden)
        return self._added(f"{name}.output", F.gelu(self._linear(f"{name}.intermediate.dense", hidden)), hidden)

    def _added(self, name: str, inner: Tensor, hidden: Tensor) -> Tensor:
        return self._normal(name, self._linear(f"{name}.dense", inner) + hidden)

    def _embedding(self, kind: str, numbers: Tensor) -> Tensor:
        return F.embedding(numbers, self.state[f"bert.embeddings.{kind}_embeddings.weight"])

    def _linear(self, name: str, inputs: Tensor) -> Tensor:
        return F.linear(inputs, self.state[f"{name}.weight"], self.state[f"{name}.bias"])

    def _normal(self, name: str, inputs: Tensor) -> Tensor:
        gamma, beta = (self.state[f"{name}.LayerNorm.{part}"] for part in ("gamma", "beta"))
        return F.layer_norm(inputs, gamma.shape, gamma, beta, EPSILON)
