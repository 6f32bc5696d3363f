"""The directory at the end of a zip file: what it says of each member, and whether it can be believed.

Source of the layout: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16 and 4.5.3. Where readers disagree (which
end record counts, from where offsets count) this one does as Python's `zipfile`, and says that it had to choose.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeAlias

from gatekeeper.artifact.containers.limits import MAX_DIRECTORY, MAX_MEMBERS
from gatekeeper.artifact.containers.streams import take_at
from gatekeeper.artifact.containers.zip_extra import UNSAID_32, Extra, parse_extra, widen
from gatekeeper.artifact.errors import Damaged, EndOfFile, TooLarge
from gatekeeper.artifact.facts import Flaw, Oddity

_END = struct.Struct("<4sHHHHLLH")
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQHHLLQQQQ")
_RECORD = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END_MARK, _LOCATOR_MARK, _END_64_MARK, _RECORD_MARK = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06", b"PK\x01\x02"

_LONGEST_COMMENT = 0xFFFF
_UNSAID_16 = 0xFFFF
"""This number in a field stands for one in the zip64 record."""

_END_64_BODY = _END_64.size - 12
"""What the zip64 record says of its own length: without its mark and that number, and with nothing added to it."""

_UTF8 = 0x0800

_Fields: TypeAlias = tuple[Any, ...]
"""What `struct` unpacks: the fields of a record in its order, the mark first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the directory says of one member. `header` is where its local header lies in the file."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    modified: tuple[int, int]
    crc: int
    packed: int
    size: int
    header: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The directory of an archive, from `start` to before `end`, in bytes of the file."""

    entries: tuple[Entry, ...]
    start: int
    end: int
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """What the end records say: how many entries there are, where, and how many bytes they take."""

    at: int
    entries: int
    size: int
    offset: int


def read_directory(stream: BinaryIO, length: int) -> Directory:
    """Read the directory of the zip file that `stream` holds in `length` bytes.

    Raises:
        Unreadable: there is none, it is damaged, in several volumes, or beyond a limit.
    """
    flaws: list[Flaw] = []
    end = _read_end(stream, length, flaws)
    if end.size > MAX_DIRECTORY or end.entries > MAX_MEMBERS:
        raise TooLarge(
            f"a zip directory of {end.entries} members and {end.size} bytes is announced",
            fix="split the model into several files",
        )
    start = end.at - end.size
    shift = start - end.offset
    if start < 0 or shift < 0:
        raise Damaged(f"the zip directory should lie at byte {end.offset} with {end.size} bytes, and does not fit")
    if shift:
        what = f"the end record says that the directory lies at byte {end.offset}, and it lies at byte {start}"
        flaws.append(Flaw(oddity=Oddity.HEADERS_DISAGREE, detail=what, offset=end.at))
    data = take_at(stream, start, end.size, "the zip directory")
    entries = tuple(_entries(data, start, shift, flaws))
    if len(entries) != end.entries:
        raise Damaged(f"the zip directory has {len(entries)} members, its end record says {end.entries}")
    return Directory(entries=entries, start=start, end=end.at, flaws=tuple(flaws))


def _read_end(stream: BinaryIO, length: int, flaws: list[Flaw]) -> _End:
    at, found = _find_end(stream, length, flaws)
    _, disk, first_disk, here, entries, size, offset, comment = found
    if disk or first_disk or here != entries:
        raise Damaged("the zip file is one of several volumes, expected one file")
    rest = length - at - _END.size
    if comment > rest:
        raise EndOfFile(length, f"{comment - rest} bytes more of the archive's comment")
    if rest:
        what = f"{rest} bytes follow the end of the archive, {comment} of them as its comment; expected none"
        flaws.append(Flaw(oddity=Oddity.SUFFIX, detail=what, offset=at + _END.size))
    end = _End(at=at, entries=entries, size=size, offset=offset)
    return _read_end_64(stream, end, flaws)


def _find_end(stream: BinaryIO, length: int, flaws: list[Flaw]) -> tuple[int, _Fields]:
    """Return where the last end record is and what it says; a reader that searches in another way may find another."""
    tail_at = max(0, length - _END.size - _LONGEST_COMMENT)
    tail = take_at(stream, tail_at, length - tail_at, "the end of a zip file")
    at = tail.rfind(_END_MARK, 0, max(0, len(tail) - _END.size + len(_END_MARK)))
    if at < 0:
        raise EndOfFile(length, "the end record of a zip file")
    earlier = tail.find(_END_MARK, 0, at)
    while earlier >= 0:
        # Its comment would reach to the end of the file, as a reader expects that searches from the front.
        if _END.unpack_from(tail, earlier)[-1] == len(tail) - earlier - _END.size:
            what = "there is another end record before the last; which directory counts depends on the reader"
            flaws.append(Flaw(oddity=Oddity.HEADERS_DISAGREE, detail=what, offset=tail_at + earlier))
            break
        earlier = tail.find(_END_MARK, earlier + 1, at)
    return tail_at + at, _END.unpack_from(tail, at)


def _read_end_64(stream: BinaryIO, end: _End, flaws: list[Flaw]) -> _End:
    """Return what the zip64 record says, where there is one: right before its locator, right before the end record."""
    at = end.at - _LOCATOR.size - _END_64.size
    if at < 0:
        return end
    mark, _, offset, _ = _LOCATOR.unpack(take_at(stream, end.at - _LOCATOR.size, _LOCATOR.size, "a zip64 locator"))
    if mark != _LOCATOR_MARK:
        return end
    found = _END_64.unpack(take_at(stream, at, _END_64.size, "a zip64 end record"))
    mark, body, _, _, disk, first_disk, here, entries, size, directory = found
    if mark != _END_64_MARK or body != _END_64_BODY or disk or first_disk or here != entries:
        raise Damaged(f"at byte {at} should be the zip64 end record of one volume")
    if offset > at:
        raise Damaged(f"the zip64 end record should lie at byte {offset}, and lies at byte {at}")
    wide = _End(at=at, entries=entries, size=size, offset=directory)
    if not _agree(end, wide) or offset != at - (at - size - directory):
        what = "the two end records, or the locator between them, disagree about the directory"
        flaws.append(Flaw(oddity=Oddity.HEADERS_DISAGREE, detail=what, offset=at))
    return wide


def _agree(narrow: _End, wide: _End) -> bool:
    return (
        narrow.entries in (wide.entries, _UNSAID_16)
        and narrow.size in (wide.size, UNSAID_32)
        and narrow.offset in (wide.offset, UNSAID_32)
    )


def _entries(data: bytes, start: int, shift: int, flaws: list[Flaw]) -> Iterator[Entry]:
    at = 0
    while at < len(data):
        if at + _RECORD.size > len(data):
            raise EndOfFile(start + len(data), "the rest of a zip directory's record")
        found = _RECORD.unpack_from(data, at)
        if found[0] != _RECORD_MARK:
            raise Damaged(f"at byte {start + at} should be a record of the zip directory")
        name_length, extra_length, comment_length = found[10:13]
        name_at = at + _RECORD.size
        extra_at = name_at + name_length
        end = extra_at + extra_length + comment_length
        if end > len(data):
            raise EndOfFile(start + len(data), "the rest of a zip directory's record")
        raw_name = data[name_at:extra_at]
        extra = parse_extra(data[extra_at : extra_at + extra_length])
        entry = _entry(found, raw_name, extra, shift)
        oddities = [*extra.oddities, f"a comment of {comment_length} bytes"] if comment_length else extra.oddities
        for oddity in oddities:
            what = f"the directory has for it {oddity}, expected none"
            flaws.append(Flaw(oddity=Oddity.HEADERS_DISAGREE, detail=what, offset=start + at, member=entry.name))
        yield entry
        at = end


def _entry(found: _Fields, raw_name: bytes, extra: Extra, shift: int) -> Entry:
    _, _, _, flags, method, time, date, crc, packed, size, _, _, _, disk, _, _, header = found
    name = decode_name(raw_name, flags)
    # The zip64 field has the unpacked size first.
    size, packed, header = widen((size, packed, header), extra, repr(name))
    if disk:
        raise Damaged(f"the member {name!r} lies in another volume, expected one file")
    return Entry(
        name=name,
        raw_name=raw_name,
        flags=flags,
        method=method,
        modified=(date, time),
        crc=crc,
        packed=packed,
        size=size,
        header=header + shift,
    )


def decode_name(raw: bytes, flags: int) -> str:
    """Return a member's name as Python's `zipfile` reads it; what is not valid UTF-8 is shown escaped."""
    return raw.decode("utf-8" if flags & _UTF8 else "cp437", "backslashreplace")
