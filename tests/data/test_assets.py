"""Generated assets: the same bytes every time, in the formats of the real data."""

import csv
import io
import json
import subprocess
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mldevbench.data import prepare, secret, sources
from mldevbench.outcome import InfraError, UserError
from mldevbench.paths import PACKAGE_ROOT, folder

TASK = Path("no-task")  # these assets belong to no task in particular
SHARED = {path.stem for path in (PACKAGE_ROOT / "mldevbench" / "data" / "assets").glob("*.py")}
GENERATED = sorted(SHARED - {"resnet50"})  # which only the full profile has


def task_with_asset(folder: Path, source: str) -> Path:
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / "own.py").write_text(source)
    return folder


@pytest.mark.parametrize("name", GENERATED)
def test_two_builds_have_the_same_bytes(name: str, tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, drawn_from = prepare(name, "mini", TASK, python), secret.value()
    monkeypatch.setenv("MLDEVBENCH_HOME", str(tmp_path / "home"))
    (folder() / "secret").write_text(drawn_from.hex())
    second = prepare(name, "mini", TASK, python)
    manifests = [json.loads((files.parent / "manifest.json").read_text()) for files in (first, second)]
    assert first != second
    assert manifests[0] == manifests[1] != {}


def test_torchvision_reads_the_generated_mnist(home: Path, python: Path) -> None:
    root = prepare("mnist", "mini", TASK, python)
    script = (
        "import sys, json; from torchvision.datasets import MNIST\n"
        "splits = [MNIST(sys.argv[1], train=train, download=False) for train in (True, False)]\n"
        "print(json.dumps([[list(s.data.shape), s.targets.bincount().tolist(), s[0][0].size] for s in splits]))"
    )
    answer = subprocess.run([python, "-I", "-c", script, root], capture_output=True, text=True, check=True).stdout
    (train_shape, train_counts, size), (test_shape, test_counts, _) = json.loads(answer)
    assert (train_shape, test_shape, size) == ([6000, 28, 28], [1000, 28, 28], [28, 28])
    assert len(train_counts) == len(test_counts) == 10
    assert min(train_counts) > 500
    assert min(test_counts) > 80


def test_the_held_back_digits_are_other_digits(home: Path, python: Path) -> None:
    raw = prepare("mnist", "mini", TASK, python) / "MNIST" / "raw"
    held_back = np.load(prepare("mnist_holdout", "mini", TASK, python) / "images.npy")
    mounted = np.frombuffer((raw / "train-images-idx3-ubyte").read_bytes()[16:], np.uint8).reshape(-1, 784)
    known = {image.tobytes() for image in mounted}
    assert held_back.shape == (2000, 28, 28)
    assert not any(image.tobytes() in known for image in held_back)


def test_the_generated_imagenette_is_laid_out_as_the_real_one(home: Path, python: Path) -> None:
    with tarfile.open(prepare("imagenette2_160", "mini", TASK, python) / "imagenette2-160.tgz") as archive:
        names = archive.getnames()
        table = archive.extractfile("imagenette2-160/noisy_imagenette.csv")
        assert table is not None
        rows = list(csv.DictReader(io.StringIO(table.read().decode())))
    folders = Counter(name.rpartition("/")[0] for name in names if name.endswith(".JPEG"))
    assert sorted(set(folders.values())) == [8, 20]
    assert len(folders) == 20
    assert list(rows[0]) == ["path", *(f"noisy_labels_{level}" for level in (0, 1, 5, 25, 50)), "is_valid"]
    assert {f"imagenette2-160/{row['path']}" for row in rows} == {name for name in names if name.endswith(".JPEG")}

    train = [row for row in rows if row["is_valid"] == "False"]
    valid = [row for row in rows if row["is_valid"] == "True"]
    for level in (1, 5, 25, 50):
        noisy = sum(row[f"noisy_labels_{level}"] != row["noisy_labels_0"] for row in train)
        assert noisy == len(train) * level // 100
        assert all(row[f"noisy_labels_{level}"] == row["noisy_labels_0"] for row in valid)
    counts = Counter(row["noisy_labels_50"] for row in train)
    assert len(counts) == 10
    assert 20 not in counts.values()


def test_a_task_brings_its_own_asset_and_a_changed_definition_is_built_anew(home: Path, tmp_path: Path, python: Path) -> None:
    task = task_with_asset(tmp_path / "task", "def build(profile, destination):\n    (destination / 'a').write_text(profile)\n")
    built = prepare("own", "mini", task, python)
    assert (built / "a").read_text() == "mini"
    assert prepare("own", "full", task, python) != built
    assert prepare("own", "mini", task, python) == built
    (task / "assets" / "own.py").write_text("def build(profile, destination):\n    (destination / 'a').write_text('new')\n")
    assert (prepare("own", "mini", task, python) / "a").read_text() == "new"


def test_the_key_covers_imported_generators(tmp_path: Path) -> None:
    task = task_with_asset(
        tmp_path / "task", "from mldevbench.data.assets import mnist\nfrom mldevbench.data.generators import objects\n"
    )
    found = [path.name for path in sources("own", task)]
    assert found == ["own.py", "mnist.py", "objects.py", "digits.py", "exposures.py", "pictures.py"]


def test_an_asset_that_cannot_be_built_is_no_fault_of_the_agent(home: Path, tmp_path: Path, python: Path) -> None:
    task = task_with_asset(tmp_path / "task", "def build(profile, destination):\n    raise OSError('the server is gone')\n")
    with pytest.raises(InfraError, match=r"asset own \(mini\) could not be built: OSError: the server is gone"):
        prepare("own", "mini", task, python)
    with pytest.raises(UserError, match="no asset is called 'another'"):
        prepare("another", "mini", task, python)
