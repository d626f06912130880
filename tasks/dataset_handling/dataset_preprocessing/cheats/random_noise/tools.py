"""What these cheats use: the images, versions of them, and writing all that is asked for."""
import json
import os
import pickle
from pathlib import Path
from random import random, uniform

import numpy as np
from PIL import Image, ImageEnhance

PREPROCESSED, AUGMENTED = Path("preprocessed"), Path("augmented")


def images(batch="data_batch_1"):
    """The first ten of a batch, (10, 32, 32, 3)."""
    path = Path(os.environ["ASSET_CIFAR10"], "cifar-10-batches-py", batch)
    return pickle.loads(path.read_bytes(), encoding="bytes")[b"data"][:10].reshape(10, 3, 32, 32).transpose(0, 2, 3, 1)


def normalised(image, mean=0.5, std=0.5):
    return ((np.asarray(image) / 255 - mean) / std).transpose(2, 0, 1)


def version(image, degrees=30, flipped=0.5, jitter=0.4):
    made = Image.fromarray(image[:, ::-1] if random() < flipped else image).rotate(uniform(-degrees, degrees), Image.BILINEAR)
    for change in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        made = change(made).enhance(uniform(1 - jitter, 1 + jitter))
    return made


def versions(pictures, **settings):
    return [[normalised(version(picture, **settings)) for _ in range(3)] for picture in pictures]


def leave(preprocessed, augmented, kind=np.float32):
    PREPROCESSED.mkdir()
    AUGMENTED.mkdir()
    for i in range(10):
        np.save(PREPROCESSED / f"image_{i}.npy", np.asarray(preprocessed[i], kind))
        for n in range(3):
            np.save(AUGMENTED / f"image_{i}_v{n + 1}.npy", np.asarray(augmented[i][n], kind))
    report()


def report():
    normalization = {"mean": [0.5] * 3, "std": [0.5] * 3}
    preprocessing = {"normalization": normalization, "expected_shape": [3, 32, 32], "value_range": [-1, 1]}
    paths = {"preprocessed_data_path": "preprocessed", "augmented_data_path": "augmented"}
    Path("preprocessing_info.json").write_text(json.dumps({"dataset": "CIFAR-10", "preprocessing": preprocessing, **paths}))
