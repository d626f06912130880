"""The generated VOC: torchvision reads it without downloading, and masks are as in the original."""

import json
import subprocess
from pathlib import Path

import numpy as np

from mldevbench.data import prepare

TASK = Path("no-task")  # the assets belong to no task in particular
SCRIPT = """
import json, sys
import numpy as np
from torchvision.datasets import VOCSegmentation

found = {}
for split in ("train", "val", "trainval"):
    data = VOCSegmentation(sys.argv[1], year="2012", image_set=split, download=False)
    assert all(image.size == mask.size and mask.mode == "P" for image, mask in data)
    values = np.unique(np.concatenate([np.asarray(mask).ravel() for _, mask in data]))
    found[split] = [len(data), values.tolist()]
found["palette"] = data[0][1].getpalette()[:48:3] + data[0][1].getpalette()[765:768]
print(json.dumps(found))
"""


def test_torchvision_reads_it(home: Path, python: Path) -> None:
    root = prepare("voc2012", "mini", TASK, python)
    answer = subprocess.run([python, "-I", "-c", SCRIPT, root], capture_output=True, text=True, check=True).stdout
    found = json.loads(answer)
    classes = [0, 1, 5, 8, 12, 15, 255]
    assert [found[split] for split in ("train", "val", "trainval")] == [[96, classes], [40, classes], [136, classes]]
    assert found["palette"] == [0, 128, 0, 128, 0, 128, 0, 128, 64, 192, 64, 192, 64, 192, 64, 192, 224, 224, 192]


def test_the_held_back_scenes_are_squares_of_the_same_kind(home: Path, python: Path) -> None:
    folder = prepare("voc2012_holdout", "mini", TASK, python)
    images, masks = np.load(folder / "images.npy"), np.load(folder / "masks.npy")
    assert images.shape == (80, 64, 64, 3)
    assert masks.shape == (80, 64, 64)
    assert np.unique(masks).tolist() == [0, 1, 5, 8, 12, 15, 255]
