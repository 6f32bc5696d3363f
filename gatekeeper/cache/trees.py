"""Folders as digests: what is where, whether anything has changed since, and what is in all of it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from gatekeeper.cache.traces import signature, signature_of

MOST: Final = 100_000
"""Files and folders of a candidate. Above that, looking through them takes longer than it is worth."""

LARGEST: Final = 4 << 30
"""Bytes of a candidate that are hashed again for the checks that execute it: some three seconds."""

_READ_AT_ONCE: Final = 1 << 20


class Unknowable(Exception):
    """Something about a folder can't be found out, and so nothing is kept that may depend on it."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder at one moment.

    Attributes:
        listing: digest of what is where: each path with its type, its mode, whether it is empty, and where a symbolic
            link leads. What only looks whether a file is there depends on no more than this.
        state: digest of the signatures of all of it. While it stays the same, nothing was changed.
        files: the paths of the regular files, as they are opened.
        bytes: what they hold together.
        closed: whether it has nothing but files and folders: no pipe, no socket.
    """

    listing: str
    state: str
    files: tuple[str, ...]
    bytes: int
    closed: bool


def look(root: str) -> Tree:
    """Return a folder as it is now.

    Raises:
        Unknowable: part of it can't be listed, it is too large, or a link leads to a folder that is not part of it.
    """
    listing, state = hashlib.sha256(), hashlib.sha256(repr(signature(root)).encode())
    files: list[str] = []
    size, closed = 0, True
    for number, (path, name) in enumerate(_walk(root)):
        if number >= MOST:
            raise Unknowable(f"has more than {MOST:,} files and folders")
        try:
            own = os.lstat(path)
            line, seen = _described(path, own, root)
        except OSError as error:
            raise Unknowable(f"{name}: {error.strerror}") from error
        listing.update(os.fsencode(name) + b"\0" + line + b"\n")
        state.update(f"{signature_of(own)}{signature_of(seen) if seen else None}".encode())
        if seen is not None and stat.S_ISREG(seen.st_mode):
            files.append(path)
            size += seen.st_size
        elif seen is not None and not stat.S_ISDIR(seen.st_mode):
            closed = False
        elif seen is not None and seen is not own and not _is_below(path, root):
            raise Unknowable(f"{name} leads to a folder that is not part of it")
    return Tree(listing.hexdigest(), state.hexdigest(), tuple(files), size, closed)


def _walk(root: str) -> Iterator[tuple[str, str]]:
    """Yield (path, path below the root) of all that is in a folder, sorted; no link is followed."""
    waiting = [""]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(os.path.join(root, here)) as entries:  # noqa: PTH118 - a hundred thousand times
                found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
        except OSError as error:
            raise Unknowable(f"{here or '.'}: {error.strerror}") from error
        for name, is_folder in found:
            below = f"{here}/{name}" if here else name
            yield f"{root}/{below}", below
            if is_folder:
                waiting.append(below)


def _described(path: str, own: os.stat_result, root: str) -> tuple[bytes, os.stat_result | None]:
    """Return what a listing says of a path, and the status of what it leads to, if there is that."""
    if not stat.S_ISLNK(own.st_mode):
        return _facts(own), own
    seen = _status(path)
    target = os.fsencode(os.readlink(path))  # noqa: PTH115 - bytes are wanted
    real = os.fsencode(os.path.relpath(os.path.realpath(path), root))
    return b"\0".join((_facts(own), target, real, _facts(seen) if seen else b"nothing")), seen


def _facts(found: os.stat_result) -> bytes:
    is_empty = stat.S_ISREG(found.st_mode) and not found.st_size
    return b"%o %d" % (found.st_mode, is_empty)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - its OSError is all that is asked for
    except OSError:
        return None


def _is_below(path: str, root: str) -> bool:
    return os.path.realpath(path).startswith(f"{os.path.realpath(root)}/")


def contents(tree: Tree, left_out: Collection[str], digest: Callable[[str], str]) -> str:
    """Return the digest of all that is in a folder.

    Args:
        tree: the folder.
        left_out: paths of files whose content does not count: this run writes them.
        digest: says what is in a file.

    Raises:
        Unknowable: it is too large, or has what can't be read as a file.
    """
    if not tree.closed:
        raise Unknowable("has a pipe, a socket or a device")
    if tree.bytes > LARGEST:
        raise Unknowable(f"has more than {LARGEST >> 30} GiB")
    whole = hashlib.sha256(tree.listing.encode())
    for path in tree.files:
        whole.update((digest(path) if path not in left_out else "of this run").encode() + b"\n")
    return whole.hexdigest()


def look_at(path: str) -> str:
    """Return what a file or a folder is, in a line: its digest, or that it is not there; and where a link leads.

    Raises:
        Unknowable: it is neither, or can't be read.
    """
    real = os.path.realpath(path)
    where = "" if real == path else f" {real}"
    try:
        # O_NONBLOCK: a named pipe would else wait for a writer for ever.
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return f"nothing{where}"
    except OSError as error:
        raise Unknowable(f"{path}: {error.strerror}") from error
    try:
        mode = os.fstat(opened).st_mode
        if stat.S_ISREG(mode):
            return f"file {_hash(opened)}{where}"
        if stat.S_ISDIR(mode):
            return f"folder {_names(path)}{where}"
    except OSError as error:
        raise Unknowable(f"{path}: {error.strerror}") from error
    finally:
        os.close(opened)
    raise Unknowable(f"{path} is neither a file nor a folder")


def _hash(opened: int) -> str:
    sha256 = hashlib.sha256()
    while block := os.read(opened, _READ_AT_ONCE):
        sha256.update(block)
    return sha256.hexdigest()


def _names(path: str) -> str:
    with os.scandir(path) as entries:
        found = sorted(f"{entry.name!r} {entry.is_dir()} {entry.is_symlink()}" for entry in entries)
    return hashlib.sha256("\n".join(found).encode("utf-8", "surrogatepass")).hexdigest()
