"""Downloads against a real server on this machine that misbehaves on request."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mldevbench.data.download import download

CONTENT = bytes(range(256)) * 2000
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
MD5 = f"md5:{hashlib.md5(CONTENT).hexdigest()}"


class Handler(BaseHTTPRequestHandler):
    """/good answers; /cuts breaks off after 100,000 bytes of each answer; /ranges-ignored too, once, and knows no ranges;
    /busy answers 503 twice; /hangs is silent until the server stops; anything else is not found."""

    server: "Server"

    def do_GET(self) -> None:
        have = int((self.headers["Range"] or "bytes=0-")[6:-1])
        self.server.ranges.append(have)
        asked = len(self.server.ranges)
        if self.path == "/hangs":
            self.server.stopping.wait()
        elif self.path == "/busy" and asked <= 2:
            self.send_error(503)
        elif self.path == "/cuts":
            self.answer(have, 100_000)
        elif self.path == "/ranges-ignored":
            self.answer(0, 100_000 if asked == 1 else len(CONTENT))
        elif self.path in ("/good", "/busy"):
            self.answer(have, len(CONTENT)) if have < len(CONTENT) else self.send_error(416)
        else:
            self.send_error(404)

    def answer(self, start: int, at_most: int) -> None:
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start : start + at_most])

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges: list[int] = []
        self.stopping = threading.Event()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.stopping.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("checksum", [SHA256, MD5])
def test_a_good_server_is_asked_once(server: Server, tmp_path: Path, checksum: str) -> None:
    target = download(server.url("/good"), tmp_path / "data", checksum=checksum)
    assert target.read_bytes() == CONTENT
    assert server.ranges == [0]
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_broken_connection_is_resumed_where_it_broke_off(server: Server, tmp_path: Path) -> None:
    target = download(server.url("/cuts"), tmp_path / "data", checksum=SHA256, tries=6, pause_s=0)
    assert target.read_bytes() == CONTENT
    assert server.ranges == [0, 100_000, 200_000, 300_000, 400_000, 500_000]


def test_a_server_without_ranges_is_read_from_the_start(server: Server, tmp_path: Path) -> None:
    assert download(server.url("/ranges-ignored"), tmp_path / "data", checksum=SHA256, pause_s=0).read_bytes() == CONTENT


def test_what_was_fetched_whole_by_an_earlier_run_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "data.part").write_bytes(CONTENT)
    assert download(server.url("/good"), tmp_path / "data", checksum=SHA256).read_bytes() == CONTENT


def test_tries_are_limited(server: Server, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="broke after 100000 of 412000 bytes"):
        download(server.url("/cuts"), tmp_path / "data", checksum=SHA256, tries=2, pause_s=0)
    assert server.ranges == [0, 100_000]


def test_a_wrong_checksum_leaves_nothing_behind(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="its sha256 is"):
        download(server.url("/good"), tmp_path / "data", checksum="sha256:" + "0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_not_found_is_final_and_busy_is_not(server: Server, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="404"):
        download(server.url("/nowhere"), tmp_path / "data", checksum=SHA256, pause_s=0)
    assert server.ranges == [0]
    server.ranges.clear()
    assert download(server.url("/busy"), tmp_path / "data", checksum=SHA256, pause_s=0).read_bytes() == CONTENT


def test_a_silent_server_is_given_up(server: Server, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="timed out"):
        download(server.url("/hangs"), tmp_path / "data", checksum=SHA256, timeout_s=0.1, tries=2, pause_s=0)
    assert server.ranges == [0, 0]
