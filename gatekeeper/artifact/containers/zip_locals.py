"""The local header before each member, held against the directory; and what lies between the members.

A reader that streams believes the local headers, one that seeks the directory: where the two differ, a file is one
thing to the scanner and another to the loader.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from gatekeeper.artifact.containers.limits import MAX_MEMBERS
from gatekeeper.artifact.containers.streams import take_at
from gatekeeper.artifact.containers.zip_directory import Directory, Entry, decode_name
from gatekeeper.artifact.containers.zip_extra import parse_extra, widen
from gatekeeper.artifact.containers.zip_members import STORED, Extent
from gatekeeper.artifact.errors import Damaged, EndOfFile
from gatekeeper.artifact.facts import Flaw, Oddity
from gatekeeper.errors import Unreadable

_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_LOCAL_MARK = b"PK\x03\x04"
_DESCRIPTOR_MARK = b"PK\x07\x08"
_DESCRIPTORS = (struct.Struct("<4sLQQ"), struct.Struct("<4sLLL"), struct.Struct("<LQQ"), struct.Struct("<LLL"))
"""A data descriptor may have a mark, and numbers of 32 or 64 bits: only its content tells which."""

_LONGEST_DESCRIPTOR = 24
_HAS_DESCRIPTOR = 0x0008


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A member of the directory found in the file: its bytes, and from where to where it lies with all around them."""

    entry: Entry
    extent: Extent
    end: int
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Local:
    """A local header. `data` is where the member's bytes begin."""

    raw_name: bytes
    flags: int
    method: int
    modified: tuple[int, int]
    crc: int
    packed: int
    size: int
    data: int
    oddities: tuple[str, ...]


def locate(stream: BinaryIO, entry: Entry, limit: int) -> Located:
    """Find a member of the directory; `limit` is where the directory begins, and all members end.

    Raises:
        Unreadable: there is no local header, or the member reaches beyond the limit.
    """
    local = _read_local(stream, entry.header, limit)
    end = local.data + entry.packed
    if end > limit:
        raise Damaged(f"it ends at byte {end}, expected at most {limit}")
    flaws = [*_disagreements(entry, local)]
    if entry.flags & _HAS_DESCRIPTOR:
        length = _descriptor_length(stream, entry, end, limit)
        if not length:
            what = "no data descriptor with the checksum and sizes of the directory follows the member"
            flaws.append(_flaw(Oddity.HEADERS_DISAGREE, what, entry))
        end += length
    extent = Extent(
        name=entry.name,
        flags=entry.flags,
        method=entry.method,
        offset=local.data,
        packed=entry.packed,
        size=entry.size,
        crc=entry.crc,
    )
    return Located(entry=entry, extent=extent, end=end, flaws=tuple(flaws))


def walk(stream: BinaryIO, length: int) -> Iterator[Extent]:
    """Yield the members of a file that has no directory, from its start, as far as their headers tell their sizes."""
    at = 0
    try:
        for _ in range(MAX_MEMBERS):
            local = _read_local(stream, at, length)
            at = local.data + local.packed
            if local.flags & _HAS_DESCRIPTOR or at > length:
                return
            yield Extent(
                name=decode_name(local.raw_name, local.flags),
                flags=local.flags,
                method=local.method,
                offset=local.data,
                packed=local.packed,
                size=local.size,
                crc=local.crc,
            )
    except Unreadable:
        # Why there is no directory was said already; this is only how far the headers reach.
        return


def layout_flaws(located: Iterable[Located], directory: Directory) -> Iterator[Flaw]:
    """Yield what overlaps, and which bytes belong to no member."""
    reached = 0
    for found in sorted(located, key=lambda each: each.entry.header):
        at, name = found.entry.header, found.entry.name
        if at < reached:
            what = f"begins at byte {at}, and the member before it ends at byte {reached}"
            yield Flaw(oddity=Oddity.OVERLAP, detail=what, offset=at, member=name)
        elif at > reached:
            yield _unclaimed(reached, at)
        reached = max(reached, found.end)
    if reached < directory.start:
        yield _unclaimed(reached, directory.start)


def _unclaimed(start: int, end: int) -> Flaw:
    oddity, where = (Oddity.GAP, "belong to no member") if start else (Oddity.PREFIX, "lie before the first member")
    return Flaw(oddity=oddity, detail=f"{end - start} bytes {where}, expected none", offset=start)


def _read_local(stream: BinaryIO, at: int, limit: int) -> _Local:
    if at + _LOCAL.size > limit:
        raise EndOfFile(limit, f"a member's header at byte {at}")
    found = _LOCAL.unpack(take_at(stream, at, _LOCAL.size, "a member's header"))
    mark, _, flags, method, time, date, crc, packed, size, name_length, extra_length = found
    if mark != _LOCAL_MARK:
        raise Damaged(f"at byte {at} there is no header of a member")
    names = take_at(stream, at + _LOCAL.size, name_length + extra_length, "a member's name")
    extra = parse_extra(names[name_length:])
    size, packed = widen((size, packed), extra, f"the header at byte {at}")
    return _Local(
        raw_name=names[:name_length],
        flags=flags,
        method=method,
        modified=(date, time),
        crc=crc,
        packed=packed,
        size=size,
        data=at + _LOCAL.size + name_length + extra_length,
        oddities=extra.oddities,
    )


def _disagreements(entry: Entry, local: _Local) -> Iterator[Flaw]:
    for what, here, there in (
        ("name", local.raw_name, entry.raw_name),
        ("flags", local.flags, entry.flags),
        ("method of compression", local.method, entry.method),
        ("time", local.modified, entry.modified),
        ("CRC-32", local.crc, entry.crc),
        ("packed size", local.packed, entry.packed),
        ("size", local.size, entry.size),
    ):
        # With a data descriptor, checksum and sizes are not known yet when the header is written.
        told_later = what in ("CRC-32", "packed size", "size") and entry.flags & _HAS_DESCRIPTOR and not here
        if here != there and not told_later:
            yield _flaw(Oddity.HEADERS_DISAGREE, f"its header has the {what} {here!r}, the directory {there!r}", entry)
    for oddity in local.oddities:
        yield _flaw(Oddity.HEADERS_DISAGREE, f"its header has {oddity}, expected none", entry)
    if entry.method == STORED and entry.packed != entry.size:
        yield _flaw(Oddity.SIZE, f"is stored, with {entry.packed} bytes packed and {entry.size} unpacked", entry)


def _descriptor_length(stream: BinaryIO, entry: Entry, at: int, limit: int) -> int:
    """Return the length of the data descriptor that confirms the directory; 0 where none does."""
    data = take_at(stream, at, min(_LONGEST_DESCRIPTOR, limit - at), "a data descriptor")
    expected = (entry.crc, entry.packed, entry.size)
    for form in _DESCRIPTORS:
        if len(data) >= form.size:
            numbers = form.unpack_from(data)
            if numbers in (expected, (_DESCRIPTOR_MARK, *expected)):
                return form.size
    return 0


def _flaw(oddity: Oddity, detail: str, entry: Entry) -> Flaw:
    return Flaw(oddity=oddity, detail=detail, offset=entry.header, member=entry.name)
