"""The generated CIFAR-10 and CIFAR-100: torchvision reads them without downloading; the published ones are split for grading."""

import json
import pickle
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mldevbench.data import prepare
from mldevbench.data.generators import cifar

TASK = Path("no-task")  # the assets belong to no task in particular
SCRIPT = """
import json, sys
from torchvision import datasets

kind = getattr(datasets, sys.argv[2])
splits = [kind(sys.argv[1], train=train, download=False) for train in (True, False)]
print(json.dumps([[list(s.data.shape), s.targets, len(s.classes), s[0][0].size] for s in splits]))
"""


@pytest.mark.parametrize(("number", "train", "test"), [(10, 400, 100), (100, 40, 10)])
def test_torchvision_reads_it(number: int, train: int, test: int, home: Path, python: Path) -> None:
    root = prepare(f"cifar{number}", "mini", TASK, python)
    command = [python, "-I", "-c", SCRIPT, root, f"CIFAR{number}"]
    splits = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    for (shape, targets, classes, size), count in zip(splits, (train, test), strict=True):
        assert (shape, classes, size) == ([count * number, 32, 32, 3], number, [32, 32])
        assert np.bincount(targets).tolist() == [count] * number
        assert np.mean(np.diff(targets) == 0) < 0.2  # shuffled


@pytest.mark.parametrize(("number", "batch"), [(10, "cifar-10-batches-py/test_batch"), (100, "cifar-100-python/test")])
def test_the_held_back_images_are_other_images(number: int, batch: str, home: Path, python: Path) -> None:
    mounted = cifar.images(cifar.load(prepare(f"cifar{number}", "mini", TASK, python) / batch)[b"data"])
    folder = prepare(f"cifar{number}_holdout", "mini", TASK, python)
    images, labels = np.load(folder / "images.npy"), np.load(folder / "labels.npy")
    assert images.shape == (2000, 32, 32, 3)
    assert np.bincount(labels).tolist() == [2000 // number] * number
    assert not {image.tobytes() for image in images} & {image.tobytes() for image in mounted}


def test_what_python_2_pickled_is_split_between_agent_and_grading(tmp_path: Path) -> None:
    """The layout of the published files: text in them is bytes, and every other image is kept back."""
    original = {b"batch_label": b"testing", b"labels": [0, 1, 2], b"data": np.arange(3 * 3072, dtype=np.uint8).reshape(3, -1)}
    cifar.save(tmp_path / "test_batch", original)
    assert pickle.loads((tmp_path / "test_batch").read_bytes(), encoding="latin1")["batch_label"] == "testing"
    read = cifar.load(tmp_path / "test_batch")
    first, second = (cifar.every_other(read, start) for start in (0, 1))
    assert (first[b"labels"], second[b"labels"], first[b"batch_label"]) == ([0, 2], [1], b"testing")
    assert np.array_equal(cifar.rows(cifar.images(read[b"data"])), original[b"data"])
    assert np.array_equal(np.concatenate([first[b"data"], second[b"data"]]), original[b"data"][[0, 2, 1]])
