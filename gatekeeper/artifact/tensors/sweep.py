"""Counts the numbers of all tensors of a file in one pass over its bytes."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, TypeAlias

from gatekeeper.artifact.elements import Element
from gatekeeper.artifact.errors import EndOfFile, TooLarge
from gatekeeper.artifact.facts import Statistics, Tensor
from gatekeeper.artifact.tensors.scan import BLOCK, Scan, is_scanned, prepare

MAX_OVERLAP = 16
"""How many times a byte is counted on average, at most. Views of one storage share bytes; tied weights count once."""

_FIX = "save the model again: no tool writes tensors that share so many bytes"

Place: TypeAlias = tuple[int, int, Element]
"""The first byte, how many bytes, and what elements they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A tensor whose `tensor.size` bytes lie in the stream from byte `start` on, as elements of this type."""

    tensor: Tensor
    element: Element
    start: int

    @property
    def place(self) -> Place:
        """What two regions that are counted once have in common."""
        return self.start, self.tensor.size, self.element


def sweep(stream: BinaryIO, regions: Sequence[Region]) -> tuple[Tensor, ...]:
    """Read a stream once, from its first byte to its last, and return the tensors of the regions with statistics.

    The regions may come in any order, and share bytes. A tensor that is elsewhere, or whose elements are no numbers
    that are understood, is returned as it is.

    Args:
        stream: a seekable stream; where it stands is of no account.
        regions: where the tensors lie; their order is that of the answer.

    Raises:
        Unreadable: the stream ends before a tensor does; a size is no multiple of its element's; an element can't be
            one; the tensors overlap beyond the limit.
    """
    size = stream.seek(0, io.SEEK_END)
    prepare(size)
    places = {region.place for region in regions if not region.tensor.elsewhere and is_scanned(region.element)}
    _check(places, size)
    counted = dict(_count(_blocks(stream, size), sorted(places, key=lambda place: place[0])))
    return tuple(replace(region.tensor, statistics=counted.get(region.place, ())) for region in regions)


def _check(places: Collection[Place], size: int) -> None:
    total = 0
    for start, length, _ in places:
        total += length
        if start < 0 or length < 0 or start + length > size:
            raise EndOfFile(size, f"a tensor of {length} bytes from byte {start} on")
    if total > MAX_OVERLAP * size:
        raise TooLarge(f"tensors of {total} bytes lie in {size} bytes", fix=_FIX)


def _count(
    blocks: Iterable[tuple[int, memoryview]], places: list[Place]
) -> Iterator[tuple[Place, tuple[Statistics, ...]]]:
    """Go through all blocks and yield the statistics of each place; the places are sorted by their starts."""
    coming = deque(places)
    begun: list[tuple[Place, Scan]] = []
    end = 0
    for at, block in blocks:
        end = at + len(block)
        while coming and coming[0][0] < end:
            place = coming.popleft()
            begun.append((place, Scan(place[2], place[1])))
        going: list[tuple[Place, Scan]] = []
        for place, scan in begun:
            start, length, _ = place
            scan.feed(block[max(start - at, 0) : start + length - at])
            if start + length > end:
                going.append((place, scan))
            else:
                yield place, scan.statistics()
        begun = going
    for start, length, element in (*(place for place, _ in begun), *coming):
        if length:
            raise EndOfFile(end, f"a tensor of {length} bytes from byte {start} on")
        yield (start, length, element), Scan(element).statistics()


def _blocks(stream: BinaryIO, size: int) -> Iterator[tuple[int, memoryview]]:
    """Yield where each block of the stream begins, and its bytes, which the next one overwrites."""
    buffer = memoryview(bytearray(min(BLOCK, size + 1)))
    at = stream.seek(0)
    while count := stream.readinto(buffer):  # type: ignore[attr-defined]  # all of io's have it; BinaryIO doesn't say so
        yield at, buffer[:count]
        at += count
