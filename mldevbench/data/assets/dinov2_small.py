"""A hub cache (what HF_HUB_CACHE is to name) with `facebook/dinov2-small`: configuration, weights and image processor.

mini: a network of the same kind with two narrow layers for pictures of 56 pixels, trained here for a few seconds to tell drawn
classes apart, so that what is built on its features is learned quickly. The head that it was trained with is thrown away.
full: the published weights, which were trained without labels.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from mldevbench.data import hub
from mldevbench.data.generators import pictures

DOWNLOAD_BYTES = 88_250_943
REPO = "facebook/dinov2-small"
_REVISION = "ed25f3a31f01632728cabb09d1542f84ab7b0056"
_SHA256 = {
    "config.json": "1809f83e3bdb1609a501a610ad4a742f4fd8ae44d72ca4aa0df52d1f2ac8628d",
    "preprocessor_config.json": "14e780d86fa1861f8751f868d7f45425b5feb55c38ca26f152ca5097ab30f828",
    "model.safetensors": "ae1e99fcefd534ed978cdeb8326f08030c96e28b7a81ffcbc98a857c84d14be1",
}
_SEED, _SIDE, _IMAGES, _EPOCHS, _BATCH, _RATE = 14, 56, 3000, 2, 50, 2e-3


def build(profile: str, destination: Path) -> None:
    if profile == "full":
        hub.snapshot(REPO, {name: f"sha256:{digest}" for name, digest in _SHA256.items()}, destination, revision=_REVISION)
        return
    import torch
    from transformers import BitImageProcessor, Dinov2Config, Dinov2Model
    from transformers.image_utils import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD

    torch.set_num_threads(1)  # the same sums in the same order, so that two builds have the same bytes
    torch.manual_seed(_SEED)
    config = Dinov2Config(
        hidden_size=48, num_hidden_layers=2, num_attention_heads=3, mlp_ratio=2, image_size=_SIDE, patch_size=14
    )
    model = Dinov2Model(config)
    _train(model)
    crop = {"height": _SIDE, "width": _SIDE}
    processor = BitImageProcessor(
        size={"shortest_edge": 64}, crop_size=crop, image_mean=IMAGENET_DEFAULT_MEAN, image_std=IMAGENET_DEFAULT_STD
    )
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        processor.save_pretrained(folder)
        hub.store(Path(folder), REPO, destination)


def _train(model) -> None:  # type: ignore[no-untyped-def]
    import torch
    from transformers.image_utils import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD

    rng = np.random.default_rng(_SEED)
    labels = torch.from_numpy(rng.integers(0, pictures.CLASSES, _IMAGES))
    drawn = np.stack([pictures.draw(int(label), _SIDE, _SIDE, rng) for label in labels])
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD))
    images = (torch.from_numpy(drawn).permute(0, 3, 1, 2) / 255 - mean) / std
    head = torch.nn.Linear(model.config.hidden_size, pictures.CLASSES)
    optimizer = torch.optim.AdamW([*model.parameters(), *head.parameters()], _RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=_EPOCHS * _IMAGES // _BATCH)
    for _ in range(_EPOCHS):
        for chosen in torch.randperm(_IMAGES).split(_BATCH):
            loss = torch.nn.functional.cross_entropy(head(model(images[chosen]).pooler_output), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()
