"""The .npy format, read strictly: plain numbers and booleans only, and the header is believed only after its size is checked.

`numpy.load` evaluates the header as Python and allocates what it says; this reads the one form that numpy writes.
"""

from __future__ import annotations

import math
import re
import struct

import numpy as np
from numpy.typing import NDArray

_HEADER = re.compile(
    rb"\{'descr': '([<>|=][biufc][0-9]{1,2})', 'fortran_order': (False|True), "
    rb"'shape': \(((?:[0-9]{1,18}, ?)*[0-9]{0,18}),?\), ?\} *\n?"
)
_MAX_HEADER = 4096
_MAX_DIMENSIONS = 32
_KINDS = "biufc"


def dumps(array: NDArray[np.generic]) -> bytes:
    """Raises TypeError for anything but plain numbers and booleans."""
    if array.dtype.kind not in _KINDS or array.dtype.itemsize > 16:
        raise TypeError(f"arrays of {array.dtype} cannot be sent")
    array = np.asarray(array, order="C")
    shape = "".join(f"{n}, " for n in array.shape)
    header = f"{{'descr': '{array.dtype.str}', 'fortran_order': False, 'shape': ({shape}), }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + array.tobytes()


def loads(data: bytes | bytearray | memoryview) -> NDArray[np.generic]:
    """A writable array over a copy of `data`. Raises ValueError for what is not exactly one array of numbers or booleans."""
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
    try:
        dtype = np.dtype(found[1].decode())
    except TypeError:
        raise ValueError("the .npy header names an unknown type") from None
    body = view[start + length :]
    if len(shape) > _MAX_DIMENSIONS or math.prod(shape) * dtype.itemsize != len(body):
        raise ValueError("the .npy data does not have the size that its header says")
    flat = np.frombuffer(bytearray(body), dtype)
    return flat.reshape(shape, order="F" if found[2] == b"True" else "C")
