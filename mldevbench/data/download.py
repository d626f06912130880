"""Downloads for the full profile: the standard library's client, resumed where it broke off, checked by SHA-256 or MD5."""

from __future__ import annotations

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from pathlib import Path

_BLOCK = 1 << 20
_RANGE_NOT_SATISFIABLE = 416


def download(url: str, target: Path, *, checksum: str, timeout_s: float = 60.0, tries: int = 4, pause_s: float = 1.0) -> Path:
    """Fetches `url` into the file `target`. `checksum` is `sha256:HEX` or `md5:HEX`.

    A connection that breaks, or is silent for `timeout_s`, is resumed by a range request after a pause that doubles each time.
    Raises OSError when the address cannot be read (at once for answers such as 404, which another try would not change) and
    ValueError when the content has another checksum (the file is removed then).
    """
    partial = target.with_name(target.name + ".part")
    for attempt in range(tries):
        try:
            _fetch(url, partial, timeout_s)
            break
        except urllib.error.HTTPError as error:
            if error.code < 500 or attempt == tries - 1:
                raise
        except (OSError, http.client.HTTPException) as error:
            if attempt == tries - 1:
                raise OSError(f"{url}: {error}") from error
        time.sleep(pause_s * 2**attempt)
    _verify(url, partial, checksum)
    partial.rename(target)
    return target


def _fetch(url: str, partial: Path, timeout_s: float) -> None:
    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        if error.code == _RANGE_NOT_SATISFIABLE and have:
            return  # nothing is left to fetch; the checksum decides
        raise
    with answer, partial.open("ab" if answer.status == 206 else "wb") as file:
        expected = int(answer.headers.get("Content-Length") or -1)
        received = 0
        while block := answer.read(_BLOCK):
            received += len(block)
            file.write(block)
    if 0 <= expected != received:
        raise ConnectionError(f"the connection broke after {received} of {expected} bytes")


def _verify(url: str, partial: Path, checksum: str) -> None:
    kind, _, expected = checksum.partition(":")
    with partial.open("rb") as file:
        found = hashlib.file_digest(file, kind).hexdigest()
    if found != expected:
        partial.unlink()
        raise ValueError(f"{url}: its {kind} is {found}, expected {expected}")
