"""Landlock: the file system can be read and not written, but for the folders that are given. Needs no privilege."""

# `os.path` and `open`, where ruff likes `pathlib`: this runs before anything but the interpreter's own start.
# ruff: noqa: PTH110, PTH112, PTH208

from __future__ import annotations

import os
import struct
from collections.abc import Sequence

from gatekeeper.replay.inside.machine import Kernel, Unavailable, architecture

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # one number on every architecture
_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REFER, _TRUNCATE, _IOCTL = (1 << bit for bit in (0, 1, 2, 3, 13, 14, 15))
_MAKE_AND_REMOVE = sum(1 << bit for bit in range(4, 13))
_NO_TCP = 3
_SCOPED = 3  # abstract sockets and signals stay inside
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_GPU = ("/dev/nvidia", "/dev/dri", "/dev/kfd")
_THREADS = "/proc/self/task"
"""NVIDIA's driver, since 570, writes its threads' names there, and starts no CUDA (error 304) where it can't."""

SCOPING = 6
"""The first version that keeps signals inside."""

WHOLE = 3
"""The first version that sees a file being cut: since then no file can be changed without a rule."""


def handled(version: int) -> int:
    """Return the rights that are taken away where no rule gives them back: all that write, and to execute."""
    rights = _EXECUTE | _WRITE_FILE | _MAKE_AND_REMOVE
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL)):
        rights |= right if version >= since else 0
    return rights


def version(kernel: Kernel) -> int:
    """Return which version of Landlock's interface the kernel has.

    Raises:
        Unavailable: it has none, or it is switched off.
    """
    architecture()
    try:
        return kernel.call(_CREATE, 0, 0, _VERSION)
    except OSError as error:
        raise Unavailable(f"the kernel has no Landlock, or it is switched off: {error.strerror}") from error


def apply(kernel: Kernel, folders: Sequence[str], *, gpu: bool, programs: bool = False) -> tuple[int, str]:
    """Restrict this process; returns the interface's version and the layer in words.

    Args:
        kernel: What calls it.
        folders: What may be written.
        gpu: Whether the devices of graphics cards can be used, and threads be named, as their driver does.
        programs: Whether files can be executed.

    Raises:
        Unavailable: the kernel refuses.
    """
    found = version(kernel)
    rights = handled(found) & ~(_EXECUTE if programs else 0)
    sizes = struct.pack("=QQQ", rights, _NO_TCP, _SCOPED)[: 8 if found < 4 else 16 if found < SCOPING else 24]
    c = kernel.ctypes
    try:
        rules = kernel.call(_CREATE, c.create_string_buffer(sizes, len(sizes)), len(sizes), 0)
        for folder in folders:
            _allow(kernel, rules, folder, rights & ~_EXECUTE)
        for device in _devices(gpu=gpu):
            _allow(kernel, rules, device, rights & (_WRITE_FILE | _TRUNCATE | _IOCTL))
        if gpu and os.path.exists(_THREADS):
            _allow(kernel, rules, _THREADS, rights & (_WRITE_FILE | _TRUNCATE))
        kernel.call(_RESTRICT, rules, 0)
        os.close(rules)
    except OSError as error:
        raise Unavailable(f"the kernel refuses the rules: {error.strerror}") from error
    missing = [] if found >= WHOLE else ["files can be cut"]
    missing += [] if found >= SCOPING else ["signals are not scoped"]
    return found, "version {}{}".format(found, "".join(f"; {each}" for each in missing))


def _devices(*, gpu: bool) -> list[str]:
    names = [each for each in _DEVICES if os.path.exists(each)]
    if gpu:
        names += ["/dev/" + each for each in os.listdir("/dev") if ("/dev/" + each).startswith(_GPU)]
    return names


def _allow(kernel: Kernel, rules: int, path: str, rights: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)  # type: ignore[attr-defined,unused-ignore] # Linux alone has it
    try:
        if not os.path.isdir(path):
            rights &= _WRITE_FILE | _TRUNCATE | _IOCTL
        rule = kernel.ctypes.create_string_buffer(struct.pack("=Qi", rights, opened), 12)
        kernel.call(_ADD, rules, _PATH_BENEATH, rule, 0)
    finally:
        os.close(opened)
