"""The system-call filter of every sandbox, assembled by hand as a classic BPF program. Standard library only.

It takes away what widens the kernel's surface without being of use to ML work: io_uring, bpf, keyrings, perf, and new user
namespaces. Everything else stays allowed, ptrace within the sandbox included.
"""

from __future__ import annotations

import errno
import platform
import struct

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NUMBERS = {
    "x86_64": dict(
        socket=41, clone=56, shmget=29, add_key=248, request_key=249, keyctl=250, unshare=272, perf_event_open=298,
        memfd_create=319, bpf=321, userfaultfd=323, open_by_handle_at=304, fallocate=285,
    ),
    "aarch64": dict(
        socket=198, clone=220, shmget=194, add_key=217, request_key=218, keyctl=219, unshare=97, perf_event_open=241,
        memfd_create=279, bpf=280, userfaultfd=282, open_by_handle_at=265, fallocate=47,
    ),
}  # fmt: skip
_SINCE_5 = dict(io_uring_setup=425, io_uring_enter=426, io_uring_register=427, clone3=435, memfd_secret=447)

_LOAD, _JUMP_EQ, _JUMP_GE, _JUMP_SET, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NR, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24
_CLONE_NEWUSER = 0x10000000
_X32 = 0x40000000
_AF_INET, _AF_INET6, _SOCK_STREAM, _SOCK_TYPE_MASK = 2, 10, 1, 0xF

Instruction = tuple[int, int, int, int]


def build_filter(*, allow_memfd: bool = False, stream_only: bool = False, machine: str | None = None) -> bytes:
    """The program as an array of `struct sock_filter`, as `bwrap --seccomp` and prctl(PR_SET_SECCOMP) take it.

    Memory that no process maps (memfd, System V segments) escapes the memory watchdog, so it is denied unless `allow_memfd`
    (GPU drivers use it). `stream_only` leaves TCP as the only Internet socket, for tiers whose network rules know nothing else.
    """
    machine = machine or platform.machine()
    if machine not in _NUMBERS:
        return b""
    nr = {**_NUMBERS[machine], **_SINCE_5}
    # io_uring and clone3 answer ENOSYS, for which the C library and others have a fallback; clone3's flags cannot be seen here.
    missing = ["io_uring_setup", "io_uring_enter", "io_uring_register", "clone3"]
    if not allow_memfd:
        missing += ["memfd_create", "memfd_secret", "shmget"]
    denied = ["add_key", "request_key", "keyctl", "perf_event_open", "bpf", "userfaultfd", "open_by_handle_at"]

    program: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_JUMP_EQ, 1, 0, _AUDIT_ARCH[machine]),
        _fail(errno.ENOSYS),
        (_LOAD, 0, 0, _NR),
        (_JUMP_GE, 0, 1, _X32),
        _fail(errno.ENOSYS),
    ]
    # Files that grow at the speed of a call outrun the disk watchdog; callers fall back to writing.
    unsupported = ["fallocate"]
    for names, error in ((missing, errno.ENOSYS), (denied, errno.EPERM), (unsupported, errno.EOPNOTSUPP)):
        for name in names:
            program += [(_JUMP_EQ, 0, 1, nr[name]), _fail(error)]
    for name in ("clone", "unshare"):
        program += _when(nr[name], [(_LOAD, 0, 0, _ARG0), (_JUMP_SET, 0, 1, _CLONE_NEWUSER), _fail(errno.EPERM)])
    if stream_only:
        program += _when(nr["socket"], _internet_streams_only())
    program.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *step) for step in program)


def _fail(error: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | error)


def _when(number: int, body: list[Instruction]) -> list[Instruction]:
    """`body`, entered for one system call only; a call that comes through it is allowed."""
    body = [*body, (_RETURN, 0, 0, _ALLOW)]
    return [(_JUMP_EQ, 0, len(body), number), *body]


def _internet_streams_only() -> list[Instruction]:
    return [
        (_LOAD, 0, 0, _ARG0),
        (_JUMP_EQ, 1, 0, _AF_INET),
        (_JUMP_EQ, 0, 4, _AF_INET6),
        (_LOAD, 0, 0, _ARG1),
        (_AND, 0, 0, _SOCK_TYPE_MASK),
        (_JUMP_EQ, 1, 0, _SOCK_STREAM),
        _fail(errno.EPERM),
    ]
