"""The .npy format, read strictly: plain numbers and booleans only, and the header is believed only after its size is checked.

`numpy.load` evaluates the header as Python and allocates what it says; this reads the one form that numpy writes.
"""

from __future__ import annotations

import math
import re
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TYPE = rb"[<>|=](?:b1|[iu][1248]|f[248]|c8|c16)"
_SIDE = rb"(?:0|[1-9][0-9]{0,17})"
_HEADER = re.compile(
    rb"\{'descr': '(" + _TYPE + rb")', 'fortran_order': (False|True), "
    rb"'shape': \((|(?:" + _SIDE + rb", ?)+(?:" + _SIDE + rb")?)\), ?\} *\n?"
)
_MAX_HEADER = 4096
_MAX_DIMENSIONS = 32
_MAX_OF_NOTHING = 64 * 2**20


def dumps(array: NDArray[np.generic]) -> bytes:
    """Raises TypeError for anything but plain numbers and booleans."""
    if not re.fullmatch(_TYPE, array.dtype.str.encode()) or not _is_sane(array.shape, array.dtype):
        raise TypeError(f"arrays of {array.dtype} and shape {array.shape} cannot be sent")
    array = np.asarray(array, order="C")
    shape = "".join(f"{n}, " for n in array.shape)
    header = f"{{'descr': '{array.dtype.str}', 'fortran_order': False, 'shape': ({shape}), }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + array.tobytes()


def loads(data: bytes | bytearray | memoryview) -> NDArray[np.generic]:
    """A writable array over a copy of `data`, in this machine's byte order.

    Raises ValueError for what is not exactly one array of numbers or booleans.
    """
    view = memoryview(data)
    if len(view) < 12 or bytes(view[:6]) != b"\x93NUMPY" or view[6] not in (1, 2, 3) or view[7] != 0:
        raise ValueError("this is no .npy data")
    size, start = ("<H", 10) if view[6] == 1 else ("<I", 12)
    (length,) = struct.unpack(size, view[8:start])
    if length > _MAX_HEADER or start + length > len(view):
        raise ValueError("the .npy header is too long")
    found = _HEADER.fullmatch(bytes(view[start : start + length]))
    if found is None:
        raise ValueError("the .npy header is malformed, or the array does not hold plain numbers or booleans")
    shape = tuple(int(n) for n in found[3].replace(b" ", b"").split(b",") if n)
    dtype = np.dtype(found[1].decode())
    body = view[start + length :]
    if math.prod(shape) * dtype.itemsize != len(body) or not _is_sane(shape, dtype):
        raise ValueError("the .npy data does not have the size that its header says")
    flat = np.frombuffer(bytearray(body), dtype)
    if dtype.kind == "b" and flat.view(np.uint8).max(initial=0) > 1:
        raise ValueError("the .npy data holds booleans that are neither true nor false")
    if not dtype.isnative:
        flat = flat.byteswap(inplace=True).view(dtype.newbyteorder("="))
    return flat.reshape(shape, order="F" if found[2] == b"True" else "C")


def _is_sane(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    """An empty array may have a side of any length, and what is computed along that side costs memory all the same."""
    claimed = math.prod(side or 1 for side in shape) * dtype.itemsize
    return len(shape) <= _MAX_DIMENSIONS and (0 not in shape or claimed <= _MAX_OF_NOTHING)
