"""`mldevbench data prepare` and `list` for the full profile, against a mirror on this machine that misbehaves on request.

The mirror has small archives in the originals' formats, and says so by its own checksums.
"""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from mldevbench.data import prepare
from mldevbench.data.generators import cifar
from mldevbench.envs import task_python
from mldevbench.paths import PACKAGE_ROOT

MNIST = "ossci-datasets.s3.amazonaws.com/mnist/"
IMAGENETTE = "s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz"
CIFAR10 = "www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
IMAGES = MNIST + "train-images-idx3-ubyte.gz"
TASKS = "overfit_small_dataset,noisy_imagenette_download"


class Handler(BaseHTTPRequestHandler):
    server: "Mirror"

    def do_GET(self) -> None:
        name = self.path.removeprefix("/")
        self.server.asked.append(name)
        content, fault = self.server.files.get(name), self.server.faults.get(name)
        if fault == "hang":
            self.server.stopping.wait()
        elif content is None or fault == "404":
            self.send_error(404)
        elif fault == "500":
            self.send_error(500)
        else:
            self.answer(bytes(len(content)) if fault == "changed" else content, cut=fault == "cut")

    def answer(self, content: bytes, cut: bool) -> None:
        """With `cut` the connection breaks after the first half of the file, and after each further piece of that size."""
        start = int((self.headers["Range"] or "bytes=0-")[6:-1])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start : start + len(content) // 2 + 1] if cut else content[start:])

    def log_message(self, format: str, *args: object) -> None:
        pass


class Mirror(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        sums = {f"https://{name}": f"sha256:{hashlib.sha256(data).hexdigest()}" for name, data in files.items()}
        self.files = {**files, "checksums.json": json.dumps(sums).encode()}
        self.faults: dict[str, str] = {}
        self.asked: list[str] = []
        self.stopping = threading.Event()


def packed(folder: Path) -> bytes:
    """What is in a folder, as a .tar.gz."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for path in folder.iterdir():
            archive.add(path, path.name)
    return data.getvalue()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    python, tasks = task_python(), PACKAGE_ROOT / "tasks"
    raw = prepare("mnist", "mini", tasks, python) / "MNIST" / "raw"
    archive = prepare("imagenette2_160", "mini", tasks, python) / "imagenette2-160.tgz"
    files = {MNIST + path.name: path.read_bytes() for path in raw.glob("*.gz")} | {IMAGENETTE: archive.read_bytes()}
    with Mirror(files | {CIFAR10: packed(prepare("cifar10", "mini", tasks, python))}) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.stopping.set()
        server.shutdown()
        thread.join()


def run(command: str, mirror: Mirror, home: Path, *, tasks: str = TASKS) -> tuple[int, str]:
    settings = {"MLDEVBENCH_HOME": str(home), "MLDEVBENCH_TASK_PYTHON": str(task_python())}
    settings |= {"MLDEVBENCH_MIRROR": f"http://127.0.0.1:{mirror.server_port}", "MLDEVBENCH_DOWNLOAD_TIMEOUT_S": "0.5"}
    arguments = [sys.executable, "-m", "mldevbench.cli", "data", command, "--profile", "full", "--tasks", tasks]
    done = subprocess.run(arguments, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout


def test_what_could_be_fetched_is_kept_and_the_rest_is_fetched_by_the_next_run(mirror: Mirror, tmp_path: Path) -> None:
    mirror.faults = {IMAGES: "cut", IMAGENETTE: "404"}
    code, said = run("prepare", mirror, tmp_path)
    assert code == 1
    lines = said.splitlines()
    assert lines[:3] == [
        "imagenette2_160: 99.0 MB for noisy_imagenette_download",
        "mnist: 11.6 MB for overfit_small_dataset",
        "mnist_holdout: 11.6 MB for overfit_small_dataset",
    ]
    assert lines[3] == "3 assets, 122.2 MB to fetch"
    assert f"{IMAGENETTE}: HTTP Error 404" in next(line for line in lines if line.startswith("imagenette2_160: asset"))
    assert lines[-1] == "2 of 3 assets made ready"
    assert mirror.asked.count(IMAGES) == 2  # resumed once, and shared by the two assets

    mirror.faults, mirror.asked = {}, []
    assert run("prepare", mirror, tmp_path)[0] == 0
    assert [name for name in mirror.asked if name != "checksums.json"] == [IMAGENETTE]
    code, listed = run("list", mirror, tmp_path)
    assert [line.split()[:2] for line in listed.splitlines()[2:]] == [
        ["imagenette2_160", "there"],
        ["mnist", "there"],
        ["mnist_holdout", "there"],
    ]

    (found,) = (tmp_path / "assets").glob("mnist-full-*/files")
    program = (
        f"from torchvision.datasets import MNIST; print(len(MNIST({str(found)!r})), len(MNIST({str(found)!r}, train=False)))"
    )
    assert (
        subprocess.run([task_python(), "-I", "-c", program], capture_output=True, text=True, check=True).stdout == "6000 1000\n"
    )


def test_half_of_the_published_test_images_are_kept_for_grading(mirror: Mirror, tmp_path: Path) -> None:
    assert run("prepare", mirror, tmp_path, tasks="cifar10_training")[0] == 0
    assert mirror.asked.count(CIFAR10) == 1  # shared by the two assets
    (mounted,) = (tmp_path / "assets").glob("cifar10-full-*/files")
    (held_back,) = (tmp_path / "assets").glob("cifar10_holdout-full-*/files")
    original = prepare("cifar10", "mini", PACKAGE_ROOT / "tasks", task_python()) / "cifar-10-batches-py" / "test_batch"
    published, kept = (cifar.load(path)[b"data"] for path in (original, mounted / "cifar-10-batches-py" / "test_batch"))
    assert np.array_equal(kept, published[::2])
    assert np.array_equal(cifar.rows(np.load(held_back / "images.npy")), published[1::2])
    program = (
        f"from torchvision.datasets import CIFAR10; print(*(len(CIFAR10({str(mounted)!r}, train=t)) for t in (True, False)))"
    )
    answer = subprocess.run([task_python(), "-I", "-c", program], capture_output=True, text=True, check=True).stdout
    assert answer == "4000 500\n"


@pytest.mark.parametrize(
    ("fault", "told"),
    [("changed", "its sha256 is"), ("500", "HTTP Error 500"), ("hang", "timed out")],
)
def test_a_file_that_cannot_be_had_is_named_and_nothing_half_made_is_left(
    mirror: Mirror, tmp_path: Path, fault: str, told: str
) -> None:
    mirror.faults = {IMAGENETTE: fault}
    code, said = run("prepare", mirror, tmp_path, tasks="noisy_imagenette_download")
    assert code == 1
    (line,) = (line for line in said.splitlines() if line.startswith("imagenette2_160: asset"))
    assert told in line
    assert IMAGENETTE in line
    assert "missing" in run("list", mirror, tmp_path, tasks="noisy_imagenette_download")[1]
