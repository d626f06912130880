"""The pretrained model's files, and the training as it must be, by transformers' network and PIL."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from safetensors.numpy import load_file
from torch import Tensor
from torch.nn.functional import cross_entropy

BACKBONE, HEAD = "dinov2.", "classifier."
FIRST_BATCH = "cifar-10-batches-py/data_batch_1"

State = dict[str, NDArray[np.float32]]
Batch = tuple[Tensor, Tensor]


class Source:
    """A pretrained backbone in a hub cache. Tensors have the names that they have in files."""

    def __init__(self, cache: Path, name: str, labels: int) -> None:
        root = cache / f"models--{name.replace('/', '--')}"
        folder = root / "snapshots" / (root / "refs" / "main").read_text()
        self.config = json.loads((folder / "config.json").read_text())
        self._processing = json.loads((folder / "preprocessor_config.json").read_text())
        self.backbone: State = {BACKBONE + key: value for key, value in load_file(folder / "model.safetensors").items()}
        head = {f"{HEAD}weight": (labels, 2 * self.config["hidden_size"]), f"{HEAD}bias": (labels,)}
        self.shapes = {key: value.shape for key, value in self.backbone.items()} | head
        self.parameters = sum(int(np.prod(shape)) for shape in self.shapes.values())
        self.labels = labels

    def batches(self, cifar10: Path, batch: int, count: int) -> list[Batch]:
        """Prepared images and labels of the first mini-batches of the training split."""
        read = pickle.loads((cifar10 / FIRST_BATCH).read_bytes(), encoding="bytes")
        images = read[b"data"][: batch * count].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        pixels = torch.from_numpy(np.stack([self._prepared(image) for image in images]))
        labels = torch.tensor(read[b"labels"][: batch * count])
        return list(zip(pixels.split(batch), labels.split(batch), strict=True))

    def _prepared(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the image processor makes of it."""
        how = self._processing
        side, crop = how["size"]["shortest_edge"], how["crop_size"]["height"]
        large = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
        pixels = np.asarray(ImageOps.crop(large, (side - crop) // 2), np.float32) / 255
        scaled = (pixels - np.array(how["image_mean"], np.float32)) / np.array(how["image_std"], np.float32)
        return np.asarray(scaled.transpose(2, 0, 1))


class Network:
    """transformers' network with the tensors of a saved model."""

    def __init__(self, source: Source, state: State) -> None:
        from transformers import Dinov2Config, Dinov2ForImageClassification

        tensors = {name: torch.from_numpy(value) for name, value in state.items()}
        config = Dinov2Config.from_dict(source.config, num_labels=source.labels)
        self._module = Dinov2ForImageClassification.from_pretrained(None, config=config, state_dict=tensors)

    def loss(self, batch: Batch) -> float:
        with torch.no_grad():
            return float(self._loss(batch))

    def train(self, batches: list[Batch], rate: float) -> None:
        """A step of plain gradient descent on each batch."""
        optimizer = torch.optim.SGD(self._module.parameters(), lr=rate)
        for batch in batches:
            optimizer.zero_grad()
            self._loss(batch).backward()
            optimizer.step()

    def parts(self) -> dict[str, NDArray[np.float32]]:
        """All numbers of the backbone, and all of the head."""
        names = {"backbone": BACKBONE, "head": HEAD}
        tensors = [(name, value.detach().numpy().ravel()) for name, value in self._module.named_parameters()]
        return {part: np.concatenate([v for name, v in tensors if name.startswith(names[part])]) for part in names}

    def _loss(self, batch: Batch) -> Tensor:
        pixels, labels = batch
        return cross_entropy(self._module(pixel_values=pixels).logits, labels)
