"""A small object store on the loopback that speaks as much of the S3 protocol as pyarrow asks for; it lives in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import IO
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class Store(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.guard = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    server: Store
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_PUT(self) -> None:
        key, query = self._target()
        data = self._body()
        with self.server.guard:
            if "uploadId" in query:
                self.server.uploads[query["uploadId"]][int(query["partNumber"])] = data
            else:
                self.server.objects[key] = data
        self._answer(200)

    def do_POST(self) -> None:
        key, query = self._target()
        self._body()
        with self.server.guard:
            if "uploads" in query:
                upload = str(len(self.server.uploads))
                self.server.uploads[upload] = {}
                self._xml(f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>")
            else:
                self.server.objects[key] = b"".join(data for _, data in sorted(self.server.uploads[query["uploadId"]].items()))
                self._xml('<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>')

    def do_GET(self) -> None:
        key, query = self._target()
        if "/" not in key:
            self._list(key, query)
        elif key not in self.server.objects:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            data, wanted = self.server.objects[key], self.headers.get("Range")
            if wanted:
                first, _, last = wanted.removeprefix("bytes=").partition("-")
                data = data[int(first) : int(last) + 1]
            self._answer(206 if wanted else 200, data)

    def do_HEAD(self) -> None:
        key, _ = self._target()
        known = "/" not in key or key in self.server.objects
        self._answer(200 if known else 404, self.server.objects.get(key, b""))

    def do_DELETE(self) -> None:
        with self.server.guard:
            self.server.objects.pop(self._target()[0], None)
        self._answer(204)

    def _list(self, bucket: str, query: dict[str, str]) -> None:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        files, folders = [], set()
        for key in sorted(self.server.objects):
            name = key.removeprefix(f"{bucket}/")
            inner = name.removeprefix(prefix)
            if not name.startswith(prefix):
                continue
            if delimiter and delimiter in inner:
                folders.add(prefix + inner.split(delimiter)[0] + delimiter)
            else:
                files.append(f"<Contents><Key>{escape(name)}</Key><Size>{len(self.server.objects[key])}</Size></Contents>")
        groups = [f"<CommonPrefixes><Prefix>{escape(f)}</Prefix></CommonPrefixes>" for f in sorted(folders)]
        count = len(files) + len(groups)
        self._xml(f"<ListBucketResult><KeyCount>{count}</KeyCount>{''.join(files + groups)}</ListBucketResult>")

    def _target(self) -> tuple[str, dict[str, str]]:
        url = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(url.query, keep_blank_values=True).items()}
        return unquote(url.path).strip("/"), query

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        else:
            raw = _unchunk(self.rfile)
            self.rfile.readline()
        return _unchunk(BytesIO(raw)) if "aws-chunked" in self.headers.get("Content-Encoding", "") else raw

    def _xml(self, text: str) -> None:
        self._answer(200, f'<?xml version="1.0"?>{text}'.encode())

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
        self.send_header("ETag", '"x"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _unchunk(stream: IO[bytes]) -> bytes:
    """HTTP's chunks, and those that S3 clients put inside them."""
    data = []
    while size := int(stream.readline().split(b";")[0], 16):
        data.append(stream.read(size))
        stream.readline()
    return b"".join(data)


@contextmanager
def object_store() -> Iterator[str]:
    """The address of an empty folder in a fresh store."""
    store = Store()
    threading.Thread(target=store.serve_forever, daemon=True).start()
    place = f"s3://key:secret@bucket/folder?region=here&scheme=http&endpoint_override=127.0.0.1:{store.server_port}"
    try:
        yield place
    finally:
        store.shutdown()
        store.server_close()
