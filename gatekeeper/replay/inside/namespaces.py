"""Namespaces of its own: a network with nothing in it, mounts that are read-only, and no capability left."""

# `os.path` and `open`, where ruff likes `pathlib`: pathlib is not loaded yet when this runs.
# ruff: noqa: PTH112, PTH123, S108

from __future__ import annotations

import contextlib
import os
import struct

from gatekeeper.replay.inside.machine import NUMBERS, Kernel, Unavailable, architecture

_NEWNS, _NEWIPC, _NEWUSER, _NEWNET = 0x00020000, 0x08000000, 0x10000000, 0x40000000
_BIND, _REC, _PRIVATE, _NOSUID, _NODEV = 0x1000, 0x4000, 0x40000, 0x2, 0x4
_RECURSIVE, _AT_FDCWD, _ATTR_RDONLY = 0x8000, -100, 1
_CAPABILITY_VERSION = 0x20080522
_AMBIENT, _CLEAR_ALL = 47, 4

_TASKS = "/proc/self/task"
SHARED = "/dev/shm"
"""Where locks and shared memory lie, so that it must be writable; the worker's own files lie there too."""


def leave(kernel: Kernel) -> str:
    """Leave the network, the mounts and the shared memory of the machine; returns how, in words.

    As root without a user namespace, so that files of the owner stay readable; else with one.

    Raises:
        Unavailable: the kernel, or a rule of the distribution, refuses.
    """
    architecture()
    user, group = os.geteuid(), os.getegid()
    try:
        kernel.unshare(_NEWNET | _NEWNS | _NEWIPC)
    except OSError:
        # Not root, or a root without its capabilities: a user namespace gives them for what is in it.
        try:
            kernel.unshare(_NEWUSER | _NEWNET | _NEWNS | _NEWIPC)
        except OSError as refused:
            raise Unavailable(f"unshare is refused: {refused.strerror}") from refused
        _keep_ids(user, group)
        return "network, mounts, ipc and user"
    return "network, mounts and ipc"


def _keep_ids(user: int, group: int) -> None:
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        try:
            with open("/proc/self/" + name, "w") as target:
                target.write(text)
        except OSError as error:
            raise Unavailable(f"/proc/self/{name} is refused: {error.strerror}") from error


def seal_mounts(kernel: Kernel, root: str, size: int, *, gpu: bool = False) -> str:
    """Make every mount read-only but for `SHARED`, which becomes a file system in memory of its own.

    Args:
        kernel: What calls it.
        root: The candidate's folder, which must stay in sight.
        size: How many bytes the file system may hold.
        gpu: Whether threads can be named, as a graphics card's driver does.

    Returns:
        The layer in words.

    Raises:
        Unavailable: the kernel refuses, or is older than 5.12.
    """
    machine = architecture()
    if not os.path.isdir(SHARED) or os.path.realpath(root).startswith(SHARED):
        raise Unavailable(f"{SHARED} is not there, or the candidate lies in it")
    try:
        kernel.mount(None, "/", None, _REC | _PRIVATE)
        options = f"size={size},nr_inodes=20000,mode=700"
        kernel.mount("tmpfs", SHARED, "tmpfs", _NOSUID | _NODEV, options)
        _set_read_only(kernel, machine, "/", everything_below=True)
        _set_read_only(kernel, machine, SHARED, undo=True)
        if gpu:
            _let_threads_be_named(kernel, machine)
    except OSError as error:
        raise Unavailable(f"mounts can't be changed: {error.strerror}") from error
    return f"read-only but for {SHARED}, which is its own"


def _let_threads_be_named(kernel: Kernel, machine: str) -> None:
    """Leave this process's own threads writable under /proc: NVIDIA's driver names them, or starts no CUDA."""
    with contextlib.suppress(OSError):  # then torch says that there is no CUDA; nothing is less shut in
        kernel.mount(_TASKS, _TASKS, None, _BIND)
        _set_read_only(kernel, machine, _TASKS, undo=True)


def _set_read_only(
    kernel: Kernel, machine: str, path: str, *, everything_below: bool = False, undo: bool = False
) -> None:
    c = kernel.ctypes
    change = (0, _ATTR_RDONLY, 0, 0) if undo else (_ATTR_RDONLY, 0, 0, 0)
    attributes = c.create_string_buffer(struct.pack("=QQQQ", *change), 32)
    flags = _RECURSIVE if everything_below else 0
    where = c.c_char_p(os.fsencode(path))
    kernel.call(NUMBERS[machine]["mount_setattr"], _AT_FDCWD, where, flags, attributes, 32)


def drop_capabilities(kernel: Kernel) -> str:
    """Give up every capability; returns the layer in words.

    Raises:
        Unavailable: the kernel refuses.
    """
    architecture()
    c = kernel.ctypes
    head = c.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION, 0), 8)
    with contextlib.suppress(OSError):  # before 4.3 there are no ambient ones
        kernel.prctl(_AMBIENT, _CLEAR_ALL, 0, 0, 0)
    if kernel.libc.capset(head, c.create_string_buffer(24)) != 0:
        raise Unavailable(f"capset is refused: {os.strerror(c.get_errno())}")
    return "all given up"
