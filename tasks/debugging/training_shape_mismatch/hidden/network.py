"""The trusted twin of digits/model.py and of the preprocessing: what trained weights say for MNIST's test images."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision.datasets import MNIST
from torchvision.models import MobileNetV2, mobilenet_v2

MEAN, DEVIATION = 0.1307, 0.3081


def initial_state(seed: int) -> dict[str, Tensor]:
    """The weights that training starts from with this seed."""
    torch.manual_seed(seed)
    return mobilenet_v2(num_classes=10).state_dict()


def planes(images: np.ndarray) -> np.ndarray:
    """(n, height, width) uint8 as the three planes that the network takes, float32."""
    grey = (images.astype(np.float32) / np.float32(255) - np.float32(MEAN)) / np.float32(DEVIATION)
    return np.repeat(grey[:, None], 3, axis=1)


def accuracy(state: Mapping[str, Tensor], root: Path) -> float:
    """Of a network with these weights, on the test images below `root`."""
    network: MobileNetV2 = mobilenet_v2(num_classes=10)
    network.load_state_dict(dict(state), strict=True)
    test = MNIST(str(root), train=False)
    with torch.no_grad():
        found = [network.eval()(torch.from_numpy(planes(part.numpy()))).argmax(1) for part in test.data.split(250)]
    return float((torch.cat(found) == test.targets).float().mean())
