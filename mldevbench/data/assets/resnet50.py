"""ResNet-50 for ImageNet as torch.hub keeps it: `hub/checkpoints/resnet50-0676ba61.pth` below what TORCH_HOME is to name.

Only the full profile has it: a network of this size is not trained on a CPU.
"""

from __future__ import annotations

from pathlib import Path

from mldevbench.data.download import download

DOWNLOAD_BYTES = 102_530_333
FILE = "resnet50-0676ba61.pth"
_URL = f"https://download.pytorch.org/models/{FILE}"
_SHA256 = "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a"


def build(profile: str, destination: Path) -> None:
    if profile != "full":
        raise ValueError("resnet50 is of the full profile only")
    folder = destination / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    download(_URL, folder / FILE, checksum=f"sha256:{_SHA256}")
