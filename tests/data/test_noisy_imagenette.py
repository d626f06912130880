"""Noisy Imagenette as agents get it: half of the training labels are wrong, and nothing but the pixels tells which."""

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mldevbench.data import location, prepare, secret
from mldevbench.outcome import UserError

TASK = Path("no-task")  # the assets belong to no task in particular


def test_layout(home: Path, python: Path) -> None:
    root = prepare("noisy_imagenette", "mini", TASK, python)
    for split, per_class in (("train", None), ("val", 40)):
        with (root / f"{split}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["path"] for row in rows] == [f"{split}/{i:05}.JPEG" for i in range(len(rows))]
        assert sorted(p.name for p in (root / split).iterdir()) == [f"{i:05}.JPEG" for i in range(len(rows))]
        counts = Counter(row["label"] for row in rows)
        assert len(counts) == 10
        assert per_class is None or set(counts.values()) == {per_class}
        labels = [row["label"] for row in rows]
        assert sum(a == b for a, b in zip(labels, labels[1:], strict=False)) < len(rows) / 5  # shuffled
        for row in rows[::50]:
            with Image.open(root / row["path"]) as image:
                assert min(image.size) == 32
                assert image.format == "JPEG"


def test_the_held_back_images_are_other_images(home: Path, python: Path) -> None:
    folder = prepare("noisy_imagenette_holdout", "mini", TASK, python)
    images, labels = np.load(folder / "images.npy"), np.load(folder / "labels.npy")
    assert images.shape == (1000, 32, 32, 3)
    assert np.bincount(labels).tolist() == [100] * 10
    assert len({image.tobytes() for image in images}) == len(images)


def test_another_installation_has_other_images(tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roots = []
    for home in (tmp_path / "one", tmp_path / "two"):
        monkeypatch.setenv("MLDEVBENCH_HOME", str(home))
        roots.append(prepare("noisy_imagenette", "mini", TASK, python))
        assert (home / "secret").stat().st_mode & 0o777 == 0o600
    assert roots[0].parent.name != roots[1].parent.name  # so that who copies a secret gets its data
    one, two = (json.loads((root.parent / "manifest.json").read_text()) for root in roots)
    assert one.keys() == two.keys()
    assert not set(one.values()) & set(two.values())


def test_a_secret_that_is_given_stands_in_for_the_installations(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = location("noisy_imagenette", "mini", TASK)
    monkeypatch.setenv(secret.VARIABLE, "")
    assert location("noisy_imagenette", "mini", TASK) == own
    monkeypatch.setenv(secret.VARIABLE, "ab" * 32)
    assert location("noisy_imagenette", "mini", TASK) != own
    monkeypatch.setenv(secret.VARIABLE, "none")
    with pytest.raises(UserError, match="MLDEVBENCH_SECRET is no hexadecimal number"):
        location("noisy_imagenette", "mini", TASK)
