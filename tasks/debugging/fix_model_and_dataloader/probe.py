"""Runs the submitted model, data module and training, reads checkpoints, and hands back plain arrays."""

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

Floats = np.ndarray
"""All floating point entries of a network's state, flattened and joined in the order of its `state_dict`."""


def describe_model() -> dict[str, Any]:
    from lightning.pytorch import LightningModule

    from cifar10_classifier.model import CIFAR10Classifier

    model = CIFAR10Classifier()
    shapes = {name: list(value.shape) for name, value in model.state_dict().items()}
    return {"taken": isinstance(model, LightningModule), "shapes": shapes}


def run_model(floats: Floats, images: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Scores, and the loss and everything logged by a step of training and of validation, with the given weights."""
    from cifar10_classifier.model import CIFAR10Classifier

    model, logged = CIFAR10Classifier(), {}
    _fill(model, floats)
    model.log = lambda name, value, *rest, **options: logged.update({name: _number(value)})
    model.log_dict = lambda values, *rest, **options: logged.update({name: _number(value) for name, value in values.items()})
    batch = (torch.from_numpy(images), torch.from_numpy(labels))
    model.eval()
    with torch.no_grad():
        scores = model(batch[0])
        model.validation_step(batch, 0)
    model.train()
    result = model.training_step(batch, 0)
    loss = result["loss"] if isinstance(result, dict) else result
    return {"scores": _array(scores), "loss": None if loss is None else _number(loss), "logged": logged}


def describe_data(batch_size: int) -> dict[str, Any]:
    from lightning.pytorch import LightningDataModule

    data = _data(batch_size, seed=0)
    again = _data(batch_size, seed=1)
    loaders = {"train": data.train_dataloader(), "val": data.val_dataloader()}
    return {
        "taken": isinstance(data, LightningDataModule),
        "train": np.array(data.train_set.indices),
        "val": np.array(data.val_set.indices),
        "train_again": np.array(again.train_set.indices),
        "val_again": np.array(again.val_set.indices),
        "train_batches": [_first_labels(loaders["train"]) for _ in range(2)],
        "val_batch": _first_labels(loaders["val"]),
    }


def items(part: str, places: list[int]) -> dict[str, np.ndarray]:
    """Images and labels at these places of `train_set` or `val_set`."""
    chosen = getattr(_data(64, seed=int.from_bytes(os.urandom(4))), part)
    found = [chosen[place] for place in places]
    return {"images": _array(torch.stack([image for image, _ in found])), "labels": np.array([int(label) for _, label in found])}


def train(batches: int) -> dict[str, Any]:
    from cifar10_classifier.data import CIFAR10DataModule
    from cifar10_classifier.model import CIFAR10Classifier
    from train import fit

    model = CIFAR10Classifier()
    before = _floats(model.state_dict())
    with tempfile.TemporaryDirectory() as folder:
        fit(model, CIFAR10DataModule(os.environ["CIFAR10_ROOT"]), folder, batches, logger=False)
        names = sorted(path.name for path in Path(folder).iterdir())
    return {"before": before, "after": _floats(model.state_dict()), "checkpoints": names}


def checkpoint(path: str) -> dict[str, Any]:
    found = torch.load(path, map_location="cpu", weights_only=True)
    shapes = {name: list(value.shape) for name, value in found["state_dict"].items()}
    steps = {"epoch": int(found["epoch"]), "global_step": int(found["global_step"])}
    return {**steps, "shapes": shapes, "floats": _floats(found["state_dict"])}


def _data(batch_size: int, seed: int) -> Any:
    from cifar10_classifier.data import CIFAR10DataModule

    torch.manual_seed(seed)
    np.random.seed(seed)
    data = CIFAR10DataModule(os.environ["CIFAR10_ROOT"], batch_size=batch_size)
    data.prepare_data()
    data.setup("fit")
    return data


def _first_labels(loader: Any) -> np.ndarray:
    return next(iter(loader))[1].numpy()


def _floats(state: Any) -> Floats:
    return np.concatenate([_array(value).ravel() for value in state.values() if value.is_floating_point()])


def _fill(model: Any, floats: Floats) -> None:
    rest = torch.from_numpy(floats)
    for value in model.state_dict().values():
        if value.is_floating_point():
            value.copy_(rest[: value.numel()].reshape(value.shape))
            rest = rest[value.numel() :]


def _number(value: Any) -> float:
    return float(torch.as_tensor(value).detach())


def _array(value: torch.Tensor) -> np.ndarray:
    return value.detach().to(torch.float32).numpy()
