"""The layout of the Hugging Face hub: what comes from a server or is stored from a folder, the real libraries load offline."""

import hashlib
import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mldevbench.data import hub
from mldevbench.paths import PACKAGE_ROOT

REPO, REVISION = "some-org/small_net", "0123456789abcdef0123456789abcdef01234567"
FILES = {"config.json": b'{"model_type": "bert"}', "1_Pooling/config.json": b"{}", "weights.bin": bytes(range(256)) * 100}
POINTER = f"version https://git-lfs.github.com/spec/v1\noid {'sha256:' + 'a1' * 32}\nsize 25600\n".encode()
SUMS = {name: f"sha256:{hashlib.sha256(content).hexdigest()}" for name, content in FILES.items()}


class Handler(BaseHTTPRequestHandler):
    """A mirror that has the files of one commit."""

    server: "Mirror"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        answers = {f"/huggingface.co/{REPO}/resolve/{REVISION}/{name}": content for name, content in FILES.items()}
        answers |= {f"/huggingface.co/{REPO}/raw/{REVISION}/{name}": FILES[name] for name in FILES if name.endswith(".json")}
        answers[f"/huggingface.co/{REPO}/raw/{REVISION}/weights.bin"] = POINTER
        content = answers.get(self.path)
        if content is None:
            self.send_error(404)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Mirror(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    with Mirror() as server:
        monkeypatch.setenv("MLDEVBENCH_MIRROR", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def offline(python: Path, cache: Path, script: str, *arguments: str) -> str:
    """What a script says that runs in the task environment with this cache and without the hub."""
    settings = {"HF_HUB_CACHE": str(cache), "HF_HOME": str(cache.parent / "home"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([python, "-I", "-c", script, *arguments], env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def folder_of(root: Path, content: bytes) -> Path:
    (root / "nested").mkdir(parents=True)
    (root / "config.json").write_text("{}")
    (root / "nested" / "weights.bin").write_bytes(content)
    return root


def test_the_hubs_own_client_finds_a_snapshot(mirror: Mirror, tmp_path: Path, python: Path) -> None:
    folder = hub.snapshot(REPO, SUMS, tmp_path / "cache", revision=REVISION)
    assert {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == FILES
    assert {path.rpartition("/resolve/")[2] for path in mirror.asked if "/resolve/" in path} == {f"{REVISION}/{n}" for n in FILES}
    script = (
        "import json, sys; from huggingface_hub import hf_hub_download, snapshot_download\n"
        "repo, revision, *names = sys.argv[1:]\n"
        "found = [snapshot_download(repo), snapshot_download(repo, revision=revision)]\n"
        "print(json.dumps([found, [hf_hub_download(repo, name) for name in names]]))"
    )
    snapshots, files = json.loads(offline(python, tmp_path / "cache", script, REPO, REVISION, *FILES))
    assert snapshots == [str(folder)] * 2
    assert [Path(file).read_bytes() for file in files] == list(FILES.values())


def test_a_file_with_another_checksum_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"config\.json"):
        hub.snapshot(REPO, SUMS | {"config.json": SUMS["weights.bin"]}, tmp_path, revision=REVISION)
    assert not list(tmp_path.rglob("config.json"))


def test_a_file_that_the_commit_does_not_have_is_named(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"model\.safetensors"):
        hub.snapshot(REPO, {"model.safetensors": SUMS["weights.bin"]}, tmp_path, revision=REVISION)


def test_a_checksum_that_only_the_hub_states_is_taken_from_its_pointer(mirror: Mirror) -> None:
    assert hub.stated_checksum(REPO, "weights.bin", revision=REVISION) == "sha256:" + "a1" * 32
    with pytest.raises(ValueError, match=r"no checksum of config\.json"):
        hub.stated_checksum(REPO, "config.json", revision=REVISION)


def test_the_commit_of_what_is_stored_follows_from_its_content(tmp_path: Path) -> None:
    sources = [folder_of(tmp_path / str(number), content) for number, content in enumerate([b"one", b"one", b"another"])]
    first, same, other = (hub.store(source, REPO, tmp_path / f"cache {source.name}") for source in sources)
    assert first.name == same.name != other.name
    assert (first / "nested" / "weights.bin").read_bytes() == b"one"
    assert (first.parents[1] / "refs" / "main").read_text() == first.name


def test_two_repositories_share_a_cache(tmp_path: Path) -> None:
    source, cache = folder_of(tmp_path / "source", b"one"), tmp_path / "cache"
    folders = [hub.store(source, repo, cache) for repo in (REPO, "small_net")]
    assert [folder.parents[1].name for folder in folders] == ["models--some-org--small_net", "models--small_net"]
    assert all((folder / "config.json").is_file() for folder in folders)


def test_transformers_loads_what_was_stored(tmp_path: Path, python: Path) -> None:
    """A model and a tokenizer, saved by `save_pretrained`, are found by the repository's name, and are the same."""
    script = """
import sys
from pathlib import Path

sys.path.append(sys.argv[1])
import torch
from mldevbench.data import hub
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, BertTokenizer

source, cache, repo = Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "small", "net"]
config = BertConfig(vocab_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
saved = BertModel(config).eval()
saved.save_pretrained(source)
BertTokenizer(vocab={word: number for number, word in enumerate(words)}).save_pretrained(source)
hub.store(source, repo, cache)
given = AutoTokenizer.from_pretrained(repo)("a small net", return_tensors="pt")
assert given["input_ids"].tolist() == [[2, 5, 6, 7, 3]], given
loaded = AutoModel.from_pretrained(repo).eval()
with torch.no_grad():
    assert torch.equal(loaded(**given).last_hidden_state, saved(**given).last_hidden_state)
"""
    offline(python, tmp_path / "cache", script, str(PACKAGE_ROOT), str(tmp_path / "source"), str(tmp_path / "cache"), REPO)
