"""Downloads for the full profile: the standard library's client, resumed where it broke off, checked by SHA-256 or MD5.

`$MLDEVBENCH_MIRROR` names a server that has the files of others below `/HOST/PATH`, for sites without a way to the internet. Its
file `/checksums.json`, if there is one, maps addresses to the checksums of what it has in place of the originals. A server that
is silent for `$MLDEVBENCH_DOWNLOAD_TIMEOUT_S` (60 seconds) is asked again.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from functools import cache
from pathlib import Path

from mldevbench.paths import locked

_BLOCK = 1 << 20
_RANGE_NOT_SATISFIABLE = 416
TIMEOUT_S = float(os.environ.get("MLDEVBENCH_DOWNLOAD_TIMEOUT_S", "60"))
TRIES, PAUSE_S = 4, 1.0

kept: Path | None = None
"""A folder where what was fetched, whole or in part, outlives the caller; None: beside the target, in part only."""
report: Callable[[str, int, int | None], None] | None = None
"""Told the address, the bytes so far and, where known, all bytes."""


def download(
    url: str, target: Path, *, checksum: str, timeout_s: float = TIMEOUT_S, tries: int = TRIES, pause_s: float = PAUSE_S
) -> Path:
    """Fetches `url` into the file `target`. `checksum` is `sha256:HEX` or `md5:HEX`.

    A connection that breaks, or is silent for `timeout_s`, is resumed by a range request after a pause that doubles each time.
    Raises OSError when the address cannot be read (at once for answers such as 404, which another try would not change) and
    ValueError when the content has another checksum (the file is removed then).
    """
    address, checksum = _mirrored(url, checksum)
    if kept is None:
        _complete(address, target.with_name(target.name + ".part"), checksum, timeout_s, tries, pause_s)
        return target.with_name(target.name + ".part").rename(target)
    whole = kept / hashlib.sha256(f"{url} {checksum}".encode()).hexdigest()[:24]
    with locked(whole.with_suffix(".lock")):
        if not whole.exists():
            partial = whole.with_suffix(".part")
            _complete(address, partial, checksum, timeout_s, tries, pause_s)
            partial.rename(whole)
    with contextlib.suppress(OSError):
        os.link(whole, target)
    if not target.exists():  # another file system
        shutil.copyfile(whole, target)
    return target


def _complete(url: str, partial: Path, checksum: str, timeout_s: float, tries: int, pause_s: float) -> None:
    for attempt in range(tries):
        try:
            _fetch(url, partial, timeout_s)
            break
        except urllib.error.HTTPError as error:
            if error.code < 500 or attempt == tries - 1:
                raise OSError(f"{url}: {error}") from error
        except (OSError, http.client.HTTPException) as error:
            if attempt == tries - 1:
                raise OSError(f"{url}: {error}") from error
        time.sleep(pause_s * 2**attempt)
    _verify(url, partial, checksum)


def _fetch(url: str, partial: Path, timeout_s: float) -> None:
    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        if error.code == _RANGE_NOT_SATISFIABLE and have:
            return  # nothing is left to fetch; the checksum decides
        raise
    resumed = answer.status == 206
    with answer, partial.open("ab" if resumed else "wb") as file:
        expected = int(answer.headers.get("Content-Length") or -1)
        before, received = (have if resumed else 0), 0
        while block := answer.read(_BLOCK):
            received += len(block)
            file.write(block)
            if report is not None:
                report(url, before + received, before + expected if expected >= 0 else None)
    if 0 <= expected != received:
        raise ConnectionError(f"the connection broke after {received} of {expected} bytes")


def read(url: str, *, most_bytes: int = 1 << 16) -> bytes:
    """The beginning of a small file whose checksum nobody knows. Raises OSError."""
    with urllib.request.urlopen(_mirrored(url, "")[0], timeout=TIMEOUT_S) as answer:
        content: bytes = answer.read(most_bytes)
        return content


def _verify(url: str, partial: Path, checksum: str) -> None:
    kind, _, expected = checksum.partition(":")
    with partial.open("rb") as file:
        found = hashlib.file_digest(file, kind).hexdigest()
    if found != expected:
        partial.unlink()
        raise ValueError(f"{url}: its {kind} is {found}, expected {expected}")


def _mirrored(url: str, checksum: str) -> tuple[str, str]:
    """The address to ask, and the checksum of what it has."""
    mirror = os.environ.get("MLDEVBENCH_MIRROR", "").rstrip("/")
    if not mirror:
        return url, checksum
    parts = urllib.parse.urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{mirror}/{parts.netloc}{parts.path}{query}", _replaced(mirror).get(url, checksum)


@cache
def _replaced(mirror: str) -> dict[str, str]:
    try:
        with urllib.request.urlopen(f"{mirror}/checksums.json", timeout=TIMEOUT_S) as answer:
            found: dict[str, str] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        if error.code == http.client.NOT_FOUND:
            return {}
        raise
