"""ResNet-18 as torch.hub keeps it: `hub/checkpoints/resnet18-f37072fd.pth` below what TORCH_HOME is to name.

mini: weights and batch-norm statistics drawn with a fixed seed, in the names, shapes and layout of the real file, which has no
`num_batches_tracked`.
full: torchvision's weights for ImageNet (IMAGENET1K_V1).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mldevbench.data.download import download

DOWNLOAD_BYTES = 46_830_571
FILE = "resnet18-f37072fd.pth"
_URL = f"https://download.pytorch.org/models/{FILE}"
_SHA256 = "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"
_SEED = 18


def build(profile: str, destination: Path) -> None:
    folder = destination / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    if profile == "full":
        download(_URL, folder / FILE, checksum=f"sha256:{_SHA256}")
        return
    import torch

    rng = np.random.default_rng(_SEED)
    torch.save({name: torch.from_numpy(_draw(name, shape, rng)) for name, shape in _shapes().items()}, folder / FILE)


def _shapes() -> dict[str, tuple[int, ...]]:
    import torch
    from torchvision.models import resnet18

    with torch.device("meta"):
        state = resnet18(weights=None).state_dict()
    return {name: tuple(value.shape) for name, value in state.items() if not name.endswith("num_batches_tracked")}


def _draw(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Such that activations neither vanish nor explode, and that no two tensors of the same shape are alike."""
    if name.endswith("running_var"):
        return rng.uniform(0.5, 1.5, shape).astype(np.float32)
    if len(shape) == 1:
        centre = 1.0 if name.endswith("weight") else 0.0
        return (centre + 0.1 * rng.standard_normal(shape)).astype(np.float32)
    return (np.prod(shape[1:]) ** -0.5 * rng.standard_normal(shape)).astype(np.float32)
