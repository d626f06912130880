"""Landlock by its three system calls: a process confines itself and all its descendants. Standard library only."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH, _RULE_PORT = 1, 2
_CONNECT_TCP, _BIND_TCP = 2, 1
_SCOPES = 3  # abstract sockets and signals: only within the sandbox

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_REMOVE_FILE, _MAKE_FILE = 1 << 5, 1 << 8
_PRIVATE = _READ_FILE | _WRITE_FILE | _TRUNCATE | _REMOVE_FILE | _MAKE_FILE
_ALL_RIGHTS = (1 << 13) - 1

_libc = ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """The kernel's Landlock version; 0 where there is none. 4 brings TCP rules, 6 scoped signals and abstract sockets."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION_FLAG))))


def restrict(*, read: Iterable[str], write: Iterable[str], private: Iterable[str], port: int | None) -> None:
    """Confines the calling process; it must have set no_new_privs. Paths that do not exist are left out.

    `read` may be read and executed, `write` read and changed. In `private` files can be made but not listed (a shared /dev/shm,
    where names are the only secret). TCP may be used for nothing but connecting to `port`.
    """
    version = abi()
    if not version:
        raise OSError("no Landlock in this kernel")
    rights = _ALL_RIGHTS
    rights |= (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0) | (_IOCTL_DEV if version >= 5 else 0)
    attributes = [rights]
    if version >= 4:
        attributes.append(_BIND_TCP | _CONNECT_TCP)
    if version >= 6:
        attributes.append(_SCOPES)
    packed = struct.pack(f"{len(attributes)}Q", *attributes)
    ruleset = _call(_CREATE_RULESET, packed, ctypes.c_size_t(len(packed)), ctypes.c_uint(0))
    try:
        for paths, wanted in ((read, _READ), (write, rights), (private, _PRIVATE)):
            for path in paths:
                _allow_path(ruleset, path, wanted & rights)
        if port is not None and version >= 4:
            _call(_ADD_RULE, ruleset, _RULE_PORT, struct.pack("QQ", _CONNECT_TCP, port), ctypes.c_uint(0))
        _call(_RESTRICT_SELF, ruleset, ctypes.c_uint(0))
    finally:
        os.close(ruleset)


def _allow_path(ruleset: int, path: str, wanted: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            wanted &= _FILE_RIGHTS
        _call(_ADD_RULE, ruleset, _RULE_PATH, struct.pack("=Qi", wanted, fd), ctypes.c_uint(0))
    finally:
        os.close(fd)


def _call(*arguments: object) -> int:
    result = int(_libc.syscall(*arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
