"""The digests of all files below a folder, as model-signing takes them (checked against its version 1.1.1).

Like there, empty folders do not count, hidden files do, and what git keeps at the top of the folder does not. Unlike
there, a folder that may not be listed is refused, not passed over, and no symbolic link is ever followed.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from gatekeeper.artifact.provenance.names import is_plain, order, quoted
from gatekeeper.errors import Unreadable

GIT_PATHS = (".git", ".gitattributes", ".github", ".gitignore")
"""What model-signing leaves out at the top of a folder unless it is told otherwise."""

BLOCK = 1 << 20
_WORKERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The sha256 of the bytes of a file from `start` up to `end`, which it does not include."""

    start: int
    end: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A file below a folder, its size in bytes, and its digests: one of all of it, or one of each shard."""

    name: str
    size: int
    spans: tuple[Span, ...]

    @property
    def sha256(self) -> str:
        """The digest of a file that is not sharded."""
        (whole,) = self.spans
        return whole.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All files of a model.

    Attributes:
        name: The last part of the folder's path, or of the file's.
        files: In the order of `names.order`; of a model that is one file, that one under its own name.
        single: Whether the model is one file and no folder.
        ignored: The paths that were left out, relative to the folder, sorted.
    """

    name: str
    files: tuple[ListedFile, ...]
    single: bool = False
    ignored: tuple[str, ...] = ()


def list_model(path: Path, ignored: Iterable[str] = (), shard_size: int | None = None) -> Listing:
    """Return the digests of a file, or of all files below a folder.

    Args:
        path: The file or folder; a link to one is taken for what it leads to.
        ignored: Paths relative to the folder that are left out, with all below them; `GIT_PATHS` is not implied.
        shard_size: Bytes of a shard, where each shard is to have a digest of its own; an empty file has none then.

    Raises:
        Unreadable: There is nothing, or something that is neither file nor folder; a link below the folder; a name with
            characters that can't be seen; a file that can't be read or changes meanwhile.
    """
    name = path.name if path.name not in {"", ".."} else path.resolve().name
    if not is_plain(name):
        what = f"the name {quoted(name)} holds a character that can't be seen"
        raise Unreadable(what, fix="rename the file or folder")
    if not is_folder(path):
        return Listing(name=name, files=(digest_file(path, name, shard_size),), single=True)
    left_out = tuple(sorted({str(PurePosixPath(each)) for each in ignored}))
    found = sorted(_walk(path, tuple(PurePosixPath(each) for each in left_out)), key=order)
    # sha256 releases the interpreter's lock: two files are two cores.
    with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        files = tuple(pool.map(lambda each: digest_file(path / each, each, shard_size), found))
    return Listing(name=name, files=files, ignored=left_out)


def is_folder(path: Path) -> bool:
    """Return whether a path leads to a folder, and not to a file.

    Raises:
        Unreadable: It leads nowhere, or may not be looked at.
    """
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError as error:
        raise Unreadable("doesn't exist", fix="add the file, or correct the path") from error
    except OSError as error:
        raise Unreadable(f"can't be read: {error.strerror}", fix="check the path and its mode") from error


def dir_hash(listing: Listing) -> str:
    """Return one digest of a folder: in-toto's `dirHash`, the hash of Go's `dirhash.Hash1` in hexadecimal.

    It is that of integration receipts, but that no cache is left out. For a folder of files with plain names
    `find . -type f | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum` gives the same.
    """
    lines = sorted((each.name.encode(), each.sha256) for each in listing.files)
    digest = hashlib.sha256()
    for name, sha256 in lines:
        digest.update(f"{sha256}  ".encode() + name + b"\n")
    return digest.hexdigest()


def digest_file(path: Path, name: str, shard_size: int | None = None) -> ListedFile:
    """Return the digests of one file, read once.

    Args:
        path: The file.
        name: What it is called in the list.
        shard_size: See `list_model`.

    Raises:
        Unreadable: See `list_model`.
    """
    try:
        # O_NONBLOCK: a named pipe would else wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                what = f"{quoted(name)} is neither a file nor a folder"
                raise Unreadable(what, fix="name a file or a folder, or remove what lies there")
            spans = tuple(_spans(stream, shard_size))
            after = os.fstat(descriptor)
    except OSError as error:
        raise _unreadable(name, error) from error
    size = spans[-1].end if spans else 0
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
        what = f"{quoted(name)} changed while it was read"
        raise Unreadable(what, fix="let nothing write to the folder meanwhile, and try again")
    return ListedFile(name=name, size=size, spans=spans)


def _spans(stream: BinaryIO, shard_size: int | None) -> Iterator[Span]:
    start = 0
    while True:
        span = _span(stream, start, shard_size)
        if shard_size is None or span.end > start:
            yield span
        if shard_size is None or span.end < start + shard_size:
            return
        start = span.end


def _span(stream: BinaryIO, start: int, length: int | None) -> Span:
    """Hash the next `length` bytes, or all that are left."""
    digest, end = hashlib.sha256(), start
    while block := stream.read(BLOCK if length is None else min(BLOCK, start + length - end)):
        digest.update(block)
        end += len(block)
    return Span(start=start, end=end, sha256=digest.hexdigest())


def _walk(folder: Path, ignored: tuple[PurePosixPath, ...]) -> Iterator[str]:
    """Yield the names of all files below a folder; without recursion, for folders can nest deeper than Python may."""
    waiting = [""]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(folder / here) as entries:
                found = list(entries)
        except OSError as error:
            raise _unreadable(here or ".", error) from error
        for entry in found:
            name = f"{here}/{entry.name}" if here else entry.name
            if any(PurePosixPath(name).is_relative_to(each) for each in ignored):
                continue
            _refuse_odd(entry, name)
            if entry.is_dir(follow_symlinks=False):
                waiting.append(name)
            else:
                yield name


def _refuse_odd(entry: os.DirEntry[str], name: str) -> None:
    if not is_plain(name):
        what = f"the name {quoted(name)} holds a character that can't be seen"
        raise Unreadable(what, fix="rename the file, or leave it out: --ignore PATH")
    if entry.is_symlink():
        what = f"{quoted(name)} is a symbolic link, whose target is no part of the folder"
        raise Unreadable(what, fix="replace it by the file itself, or leave it out: --ignore PATH")


def _unreadable(name: str, error: OSError) -> Unreadable:
    if isinstance(error, FileNotFoundError):
        return Unreadable(f"{quoted(name)} doesn't exist", fix="add the file, or correct the path")
    return Unreadable(f"{quoted(name)} can't be read: {error.strerror}", fix="check the path and its mode")
