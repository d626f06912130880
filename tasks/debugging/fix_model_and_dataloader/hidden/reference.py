"""The network and the data as they must be, by timm and the raw files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.datasets import CIFAR10

from mldevbench.grading import expect_array

MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
PADDING, SIDE = 4, 32


class Network:
    """timm's network, with weights given as one array, as in the probe; names have the prefix that the submission's have."""

    def __init__(self) -> None:
        self.module: nn.Module = timm.create_model("mobilenetv2_035", pretrained=False, num_classes=10)
        self.state: dict[str, Tensor] = {f"model.{name}": value for name, value in self.module.state_dict().items()}
        self.shapes = {name: list(value.shape) for name, value in self.state.items()}
        self._floats = {name: value for name, value in self.state.items() if value.is_floating_point()}
        self._parameters = [f"model.{name}" for name, _ in self.module.named_parameters()]

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Weights with which scores differ from image to image and from class to class."""
        torch.manual_seed(int(rng.integers(2**31)))
        parts: list[np.ndarray] = []
        for name, value in self._floats.items():
            noise = rng.standard_normal(tuple(value.shape), np.float32)
            if name == "model.classifier.weight":
                parts.append(noise)
            elif value.ndim > 1:
                parts.append(noise * np.float32((2 / value[0].numel()) ** 0.5))
            else:  # of batch normalisation, and the bias of the classifier
                parts.append(value.numpy() + 0.1 * np.abs(noise))
        return np.concatenate([part.ravel() for part in parts]).astype(np.float32)

    def fill(self, floats: object) -> None:
        sizes = [value.numel() for value in self._floats.values()]
        array = torch.from_numpy(expect_array(floats, (sum(sizes),)))
        for value, part in zip(self._floats.values(), array.split(sizes), strict=True):
            value.copy_(part.reshape(value.shape))

    def unmoved(self, before: object, after: object) -> list[str]:
        """The parameters that are the same in both arrays."""
        sizes = [value.numel() for value in self._floats.values()]
        ends = np.cumsum(sizes)[:-1]
        pairs = zip(*(np.split(expect_array(a, (sum(sizes),)), ends) for a in (before, after)), strict=True)
        same = {name for name, (a, b) in zip(self._floats, pairs, strict=True) if np.array_equal(a, b)}
        return [name for name in self._parameters if name in same]

    @torch.no_grad()
    def scores(self, images: np.ndarray, training: bool = False) -> Tensor:
        kept = {name: value.clone() for name, value in self.state.items()}
        self.module.train(training)
        found = torch.cat([self.module(part) for part in torch.from_numpy(images).split(250 if not training else len(images))])
        for name, value in self.state.items():
            value.copy_(kept[name])  # batch normalisation counts along in training
        return found


def loss_and_accuracy(scores: Tensor, labels: np.ndarray) -> tuple[float, float]:
    wanted = torch.from_numpy(labels.astype(np.int64))
    return float(F.cross_entropy(scores, wanted)), float((scores.argmax(1) == wanted).float().mean())


class Pictures:
    """CIFAR-10's training split."""

    def __init__(self, root: Path) -> None:
        split = CIFAR10(str(root), train=True)
        self.images = split.data
        self.labels = np.array(split.targets)

    def plain(self, indices: np.ndarray) -> np.ndarray:
        """Images (n, 3, 32, 32) as for validation."""
        return normalised(self.images[indices])

    def distance_to_crops(self, index: int, found: np.ndarray) -> tuple[float, int]:
        """How far an augmented image is from the nearest of all that can come of an image, and which that is."""
        pad = ((PADDING, PADDING), (PADDING, PADDING), (0, 0))
        padded = normalised(np.pad(self.images[index], pad)[None])[0]
        windows = np.lib.stride_tricks.sliding_window_view(padded, (SIDE, SIDE), axis=(1, 2))  # (3, 9, 9, 32, 32)
        both = np.stack([windows, windows[..., ::-1]])
        errors = np.abs(both - found[None, :, None, None]).max(axis=(1, 4, 5))
        return float(errors.min()), int(errors.argmin())


def normalised(images: np.ndarray) -> np.ndarray:
    """(n, height, width, 3) uint8 to (n, 3, height, width) float32."""
    scaled = (images.astype(np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))
