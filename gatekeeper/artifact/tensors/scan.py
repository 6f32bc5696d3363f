"""Counts the numbers of one tensor while its bytes go by."""

from __future__ import annotations

import sys

from gatekeeper.artifact.elements import Element
from gatekeeper.artifact.errors import Damaged
from gatekeeper.artifact.facts import Statistics
from gatekeeper.artifact.tensors import plainly
from gatekeeper.artifact.tensors.columns import columns
from gatekeeper.artifact.tensors.tally import Tally

BLOCK = 1 << 20
"""Bytes that are counted at a time: the calls cost little beside them, and they stay in the processor's cache."""

WORTH_LOADING = 1 << 15
"""Bytes of one tensor from which on importing numpy (60 ms) costs less than doing without."""

WORTH_CALLING = 1 << 10
"""The same where numpy is loaded already: some ten microseconds are saved in calls."""

LARGE_FILE = 1 << 20
"""Bytes of a file from which on its tensors may well be many."""


def prepare(size: int) -> None:
    """Load numpy if a file of `size` bytes is large: many small tensors in it are then counted by numpy too."""
    if size >= LARGE_FILE:
        from gatekeeper.artifact.tensors import vectors  # noqa: F401  # loading it is the purpose


def is_scanned(element: Element) -> bool:
    """Return whether there are numbers in an element, so that a scan of such elements has something to count.

    Raises:
        Damaged, TooLarge: the element can't be one; see `gatekeeper.artifact.tensors.columns`.
    """
    return bool(columns(element))


class Scan:
    """Counts what is fed to it, in whatever pieces; the result does not depend on the pieces.

    The parts of complex numbers are counted as numbers, together. Where the bytes are no numbers that are understood
    there is nothing to count.

    Raises:
        Damaged, TooLarge: the element can't be one; see `gatekeeper.artifact.tensors.columns`.
    """

    def __init__(self, element: Element, size: int = 0) -> None:
        """Take the type of the elements and, if it is known, how many bytes will come: it chooses the faster way."""
        self._element = element
        self._columns = columns(element)
        self._tallies = tuple(Tally() for _ in self._columns)
        self._expected = size
        self._fed = 0
        self._elements = 0
        self._begun = bytearray()

    def feed(self, data: bytes | memoryview) -> None:
        """Count the bytes that come next; they may end within an element."""
        if not self._columns:
            return
        view, size = memoryview(data).cast("B"), self._element.size
        self._fed += len(view)
        block = max(size, BLOCK - BLOCK % size)
        for start in range(0, len(view), block):
            self._take(view[start : start + block], size)

    def _take(self, piece: memoryview, size: int) -> None:
        """Count the whole elements, and keep what is begun of the next."""
        if self._begun:
            if len(self._begun) + len(piece) < size:
                self._begun += piece
                return
            # The copy costs less than to count one element alone, and what was off the machine's words is on them now.
            piece = memoryview(b"".join((self._begun, piece)))
        whole = len(piece) - len(piece) % size
        if whole:
            self._count(piece[:whole])
        self._begun = bytearray(piece[whole:])

    def statistics(self) -> tuple[Statistics, ...]:
        """Return what was counted: one a field with numbers, in the order of the fields.

        Raises:
            Damaged: the bytes end within an element.
        """
        if self._begun:
            raise Damaged(
                f"a tensor of {self._fed} bytes ends within an element, expected a multiple of {self._element.size}"
            )
        return tuple(tally.statistics(column.name) for column, tally in zip(self._columns, self._tallies, strict=True))

    def _count(self, data: memoryview) -> None:
        if self._is_worth_numpy(len(data)):
            from gatekeeper.artifact.tensors.vectors import tallies
        else:
            tallies = plainly.tallies
        found = tallies(self._columns, self._element.size, data)
        self._tallies = tuple(
            before.followed_by(tally, self._elements) for before, tally in zip(self._tallies, found, strict=True)
        )
        self._elements += len(data) // self._element.size

    def _is_worth_numpy(self, length: int) -> bool:
        if "numpy" in sys.modules:
            return length >= WORTH_CALLING
        return max(self._expected, self._fed) >= WORTH_LOADING
