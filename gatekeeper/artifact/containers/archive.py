"""A zip file read without trust: what is in it, what about it is odd, and its members' bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from gatekeeper.artifact.containers.limits import MAX_FLAWS
from gatekeeper.artifact.containers.paths import leaves_folder
from gatekeeper.artifact.containers.streams import length_of
from gatekeeper.artifact.containers.zip_directory import Directory, Entry, read_directory
from gatekeeper.artifact.containers.zip_locals import Located, layout_flaws, locate, walk
from gatekeeper.artifact.containers.zip_members import ENCRYPTED, STORED, Extent, MemberStream, require_readable
from gatekeeper.artifact.errors import Damaged, TooLarge
from gatekeeper.artifact.facts import Flaw, Incomplete, Member, Oddity
from gatekeeper.artifact.limits import FREE_INFLATED, MAX_RATIO
from gatekeeper.errors import Unreadable

_SAVE_AGAIN = "save the model again with the library that it belongs to"


class Archive:
    """A zip file: its members in the order of its directory, and what is odd about it.

    Attributes:
        members: the members; where there is no directory, those that the file's start shows. Of two with one name both
            are here, and a flaw says so.
        flaws: each oddity. Checksums are not among them: they are verified when a member is read.
        incomplete: why not every member can be read, if so.
    """

    __slots__ = ("_by_name", "_extents", "_stream", "flaws", "incomplete", "members", "size")

    def __init__(
        self,
        stream: BinaryIO,
        size: int,
        extents: Iterable[Extent],
        flaws: tuple[Flaw, ...],
        incomplete: Incomplete | None,
    ) -> None:
        self._stream = stream
        self.size = size
        self._extents = {
            Member(name=each.name, offset=each.offset, packed=each.packed, size=each.size): each for each in extents
        }
        self._by_name = {member.name: member for member in self._extents}
        self.members = tuple(self._extents)
        self.flaws = flaws
        self.incomplete = incomplete

    @classmethod
    def read(cls, stream: BinaryIO) -> Archive:
        """Read the directory and every local header. Nothing is raised for a broken file: see `incomplete`."""
        size = length_of(stream)
        try:
            directory = read_directory(stream, size)
        except Unreadable as reason:
            return cls(stream, size, walk(stream, size), (), Incomplete(what=reason.what, fix=reason.fix))
        reasons: list[Unreadable] = []
        located = list(_locate(stream, directory, reasons))
        flaws = _collect_flaws(directory, located)
        reasons.extend(_limits(directory, size, flaws))
        incomplete = Incomplete(what=reasons[0].what, fix=reasons[0].fix) if reasons else None
        return cls(stream, size, (each.extent for each in located), tuple(flaws[:MAX_FLAWS]), incomplete)

    def compressed(self, member: str | Member) -> bool:
        """Whether a member's bytes are packed, so that they can't be read in place.

        Raises:
            KeyError: there is no such member.
        """
        return self._extent(member).method != STORED

    def open(self, member: str | Member) -> BinaryIO:
        """Return a member's bytes as a seekable stream in constant memory, which verifies size and checksum.

        Of two members with one name, the name gives the last, as it does in Python's `zipfile`.

        Raises:
            KeyError: there is no such member.
            Unreadable: it is encrypted, or packed in a way that is not read.
        """
        extent = self._extent(member)
        require_readable(extent.name, extent.flags, extent.method)
        return cast("BinaryIO", MemberStream(self._stream, extent))

    def verify(self, member: str | Member) -> None:
        """Read a member to its end, and make sure of its size and checksum.

        Raises:
            KeyError: there is no such member.
            ChecksumMismatch: its content is not what was packed.
            Unreadable: it can't be read whole.
        """
        self.finish(self.open(member))

    @staticmethod
    def finish(stream: BinaryIO) -> None:
        """Read what is left of a stream that `open` returned, and make sure of the member's size and checksum.

        Raises:
            ChecksumMismatch, Unreadable: as for `verify`.
        """
        cast("MemberStream", stream).verify()

    def readable_members(self) -> Iterator[Member]:
        """Yield the members, until more bytes went in or came out than a file of this size should have."""
        packed, unpacked = self.size, FREE_INFLATED + MAX_RATIO * self.size
        for member in self.members:
            packed -= member.packed
            unpacked -= member.size
            if packed < 0 or unpacked < 0:
                return
            yield member

    def _extent(self, member: str | Member) -> Extent:
        return self._extents[self._by_name[member] if isinstance(member, str) else member]


def _locate(stream: BinaryIO, directory: Directory, reasons: list[Unreadable]) -> Iterator[Located]:
    for entry in directory.entries:
        try:
            yield locate(stream, entry, directory.start)
        except Unreadable as reason:
            reasons.append(Damaged(f"the member {entry.name!r} can't be found: {reason.what}"))


def _collect_flaws(directory: Directory, located: list[Located]) -> list[Flaw]:
    flaws = [*directory.flaws, *layout_flaws(located, directory)]
    counts = Counter(entry.name for entry in directory.entries)
    for name, count in counts.items():
        if count > 1:
            what = f"there are {count} members of this name; which one counts depends on the reader"
            flaws.append(Flaw(oddity=Oddity.DUPLICATE_MEMBER, detail=what, offset=directory.start, member=name))
    for entry in directory.entries:
        flaws.extend(_flaws_of_entry(entry))
    for found in located:
        flaws.extend(found.flaws)
    return flaws


def _flaws_of_entry(entry: Entry) -> Iterator[Flaw]:
    if entry.flags & ENCRYPTED:
        what = "is encrypted: what is in it is not known"
        yield Flaw(oddity=Oddity.ENCRYPTED, detail=what, offset=entry.header, member=entry.name)
    if leaves_folder(entry.name):
        what = f"the name {entry.name!r} is no path inside the archive"
        yield Flaw(oddity=Oddity.PATH, detail=what, offset=entry.header, member=entry.name)
    if entry.name.endswith("/") and entry.size:
        what = f"is a folder with {entry.size} bytes of content, expected none"
        yield Flaw(oddity=Oddity.SIZE, detail=what, offset=entry.header, member=entry.name)


def _limits(directory: Directory, size: int, flaws: list[Flaw]) -> Iterator[Unreadable]:
    """Yield why not all of a whole archive can be read."""
    for entry in directory.entries:
        try:
            require_readable(entry.name, entry.flags, entry.method)
        except Unreadable as reason:
            yield reason
    unpacked = sum(entry.size for entry in directory.entries)
    if unpacked > FREE_INFLATED + MAX_RATIO * size:
        yield TooLarge(
            f"{unpacked} bytes should come out of a zip file of {size}",
            fix="if the model really is so large, save it without compression",
        )
    packed = sum(entry.packed for entry in directory.entries)
    if packed > size:
        yield Damaged(f"the members of a zip file of {size} bytes have {packed} bytes: they share some")
    if len(flaws) > MAX_FLAWS:
        yield TooLarge(f"more than {MAX_FLAWS} oddities in one zip file", fix=_SAVE_AGAIN)
