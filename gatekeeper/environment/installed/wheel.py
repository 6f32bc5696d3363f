"""The canonical record digest of a wheel, without installing it: the one that an installed copy has.

Its RECORD is believed only as far as the archive bears it out: each file is listed, is there, and is what it is said
to be.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import BinaryIO, NamedTuple

from gatekeeper.environment.installed.probe_script import ALGORITHMS, Entry, parse_record, record_digest
from gatekeeper.environment.quoting import quoted
from gatekeeper.errors import Unreadable

# Several times the largest wheel there is; a megabyte of deflated zeros is a gigabyte.
_LARGEST_CONTENT = 16 << 30
_LARGEST_RECORD = 32 << 20
_BLOCK = 1 << 20
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_RECORD = re.compile(r"(?P<name>[^/-]+)-(?P<version>[^/-]+)\.dist-info/RECORD")
_OUTSIDE = re.compile(r"/|\.\.(?:/|$)|.*/\.\.(?:/|$)|[A-Za-z]:|.*\\")
_DATA = re.compile(r"[^/]+\.data/(?P<scheme>[^/]+)/(?P<path>.+)")
_SCHEMES_OF_THE_SITE = ("purelib", "platlib")
_AGAIN = "download the wheel again, or have it built again"


class RecordedWheel(NamedTuple):
    """Name and version as the wheel's dist-info spells them, and the canonical digest of its RECORD."""

    name: str
    version: str
    record: str


def recorded_wheel(wheel: BinaryIO) -> RecordedWheel:
    """Return what a wheel leaves behind when it is installed.

    Rows of `X.data/purelib` and `X.data/platlib` count where they are installed to. Those of `scripts`, `headers` and
    `data` do not count: they are installed outside of site-packages, whose rows an installed RECORD's digest leaves
    out too.

    Args:
        wheel: The whole file, seekable.

    Raises:
        Unreadable: It is no wheel, its RECORD is absent or disagrees with the archive, or a path in it leads outside.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise Unreadable(f"the wheel can't be read: {error}", fix=_AGAIN) from error


def _read(archive: zipfile.ZipFile) -> RecordedWheel:
    members = _members(archive)
    homes = [found for path in members if (found := _RECORD.fullmatch(path)) is not None]
    if len(homes) != 1:
        raise ValueError(f"got {len(homes)} files *.dist-info/RECORD, expected one")
    home = homes[0]
    entries = _entries(archive, members[home[0]])
    unhashed = {f"{home[0]}{suffix}" for suffix in ("", ".jws", ".p7s")}
    _expect_same_files({entry.path for entry in entries} | unhashed, members.keys() | unhashed)
    for entry in entries:
        if entry.path not in unhashed:
            _expect_same_bytes(archive, members[entry.path], entry)
    return RecordedWheel(home["name"], home["version"], record_digest(map(_installed, entries)))


def _members(archive: zipfile.ZipFile) -> Mapping[str, zipfile.ZipInfo]:
    """Return the files of the archive by path."""
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        if _OUTSIDE.match(member.filename) is not None:
            raise ValueError(f"got the path {quoted(member.filename)}, which leads outside of the wheel")
        path = posixpath.normpath(member.filename)
        if path in members:
            raise ValueError(f"got two files with the path {quoted(member.filename)}")
        if member.compress_type not in _COMPRESSIONS:
            raise ValueError(f"{quoted(member.filename)} is compressed otherwise than wheels are")
        if not member.is_dir():
            members[path] = member
    if sum(member.file_size for member in members.values()) > _LARGEST_CONTENT:
        raise ValueError(f"its files have more than {_LARGEST_CONTENT} bytes; no wheel is that large")
    return members


def _entries(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> list[Entry]:
    with archive.open(member) as record:
        data = record.read(_LARGEST_RECORD + 1)
    if len(data) > _LARGEST_RECORD:
        raise ValueError(f"its RECORD has more than {_LARGEST_RECORD} bytes; no wheel has one that large")
    return parse_record(data.decode("utf-8"))


def _expect_same_files(listed: set[str], there: set[str]) -> None:
    for path in sorted(listed - there):
        raise ValueError(f"RECORD lists {quoted(path)}, which is not in the wheel")
    for path in sorted(there - listed):
        raise ValueError(f"RECORD does not list {quoted(path)}, which is in the wheel")


def _expect_same_bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo, entry: Entry) -> None:
    algorithm, _, stated = entry.hash.partition("=")
    if algorithm not in ALGORITHMS:
        raise ValueError(f"RECORD has {quoted(entry.hash)} for {quoted(entry.path)}, expected sha256=...")
    digest = hashlib.new(algorithm)
    with archive.open(member) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    found = base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")
    if found != stated.rstrip("=") or entry.size not in ("", str(member.file_size)):
        got = f"{algorithm}={found} and {member.file_size} bytes"
        raise ValueError(f"{quoted(entry.path)}: RECORD says {entry.hash} and {entry.size} bytes, the file has {got}")


def _installed(entry: Entry) -> Entry:
    """Return the row as an installer writes it; one that is installed outside of site-packages does not count."""
    found = _DATA.fullmatch(entry.path)
    if found is None:
        return entry
    inside = found["scheme"] in _SCHEMES_OF_THE_SITE
    return entry._replace(path=found["path"] if inside else f"../{found['path']}")
