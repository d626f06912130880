"""Normalises the first images of CIFAR-10 and saves them with three augmented versions of each."""

import json
import os
from itertools import combinations, product
from pathlib import Path

import numpy as np
import torch
from torchvision.datasets import CIFAR10
from torchvision.transforms import InterpolationMode, v2

IMAGES, VERSIONS = 10, 3
LEAST_VARIANCE, LEAST_OF_A_PAIR = 0.01, 0.002
MEAN, STD = [0.5] * 3, [0.5] * 3
PREPROCESSED, AUGMENTED = Path("preprocessed"), Path("augmented")

to_array = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)])
augment = v2.Compose(
    [
        v2.ToImage(),
        v2.RandomRotation(30, interpolation=InterpolationMode.BILINEAR),
        v2.RandomHorizontalFlip(),
        v2.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4),
        to_array,
    ]
)


def versions_of(image) -> np.ndarray:
    """Draws until the versions differ enough."""
    while True:
        drawn = np.stack([augment(image).numpy() for _ in range(VERSIONS)])
        plain = to_array(image).numpy()
        pairs = [*combinations(drawn, 2), *product(drawn, (plain, plain[..., ::-1]))]
        if drawn.var(axis=0).mean() >= LEAST_VARIANCE and min(np.var(pair, axis=0).mean() for pair in pairs) >= LEAST_OF_A_PAIR:
            return drawn


def main() -> None:
    PREPROCESSED.mkdir(exist_ok=True)
    AUGMENTED.mkdir(exist_ok=True)
    images = CIFAR10(os.environ["ASSET_CIFAR10"], train=True)
    for i in range(IMAGES):
        image, _ = images[i]
        np.save(PREPROCESSED / f"image_{i}.npy", to_array(image).numpy())
        for n, version in enumerate(versions_of(image), start=1):
            np.save(AUGMENTED / f"image_{i}_v{n}.npy", version)
    info = {
        "dataset": "CIFAR-10",
        "preprocessing": {
            "normalization": {"mean": MEAN, "std": STD},
            "expected_shape": [3, 32, 32],
            "value_range": [-1.0, 1.0],
        },
        "preprocessed_data_path": str(PREPROCESSED),
        "augmented_data_path": str(AUGMENTED),
    }
    Path("preprocessing_info.json").write_text(json.dumps(info, indent=2))


if __name__ == "__main__":
    main()
