"""Exact counts of numbers at fixed edges, piece by piece and block by block. Who imports this module has numpy."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.baseline.facts import Grid
from gatekeeper.contract.tables.columns import BATCH_ROWS

MOST_VALUES = 64
"""Distinct values up to which every one is an edge."""
_RUN = 500
"""A value that is in one of so many rows of a piece is a candidate for the most frequent one."""


class _Scratch(threading.local):
    """Room that is used again: asking the system for it anew would take as long as sorting."""

    def __init__(self) -> None:
        self._copies: dict[np.dtype[Any], NDArray[Any]] = {}
        self._floats = np.empty(0)

    def copy(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return a copy that lives until the next one."""
        room = self._copies.get(values.dtype)
        if room is None or len(room) < len(values):
            room = self._copies[values.dtype] = np.empty(max(len(values), BATCH_ROWS), values.dtype)
        np.copyto(room[: len(values)], values)
        return room[: len(values)]

    def floats(self, count: int) -> NDArray[np.float64]:
        """Return room for so many numbers."""
        if len(self._floats) < count:
            self._floats = np.empty(max(count, BATCH_ROWS))
        return self._floats[:count]


_SCRATCH = _Scratch()


@dataclass(slots=True)
class Extreme:
    """The smallest or the largest value so far, and how often it is there in each block."""

    sign: int
    value: int | float | None = None
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))

    def see(self, value: float, count: int, block: int) -> None:
        """Take the extreme of a piece into account."""
        if self.value is None or self.sign * value > self.sign * self.value:
            self.value = value
            self.counts[:] = 0
        if value == self.value:
            self.counts[block] += count


@dataclass(slots=True)
class Numbers:
    """The tally of one column: `le[b, i]` values of block b are at most `edges[i]`, `lt[b, i]` below it."""

    edges: NDArray[Any]
    blocks: int
    fixed: Grid | None = None
    """The grid of another baseline, if its edges are to be kept as they are."""
    le: NDArray[np.int64] = field(init=False)
    lt: NDArray[np.int64] = field(init=False)
    n: NDArray[np.int64] = field(init=False)
    nan: NDArray[np.int64] = field(init=False)
    infinite: NDArray[np.int64] = field(init=False)
    missing: NDArray[np.int64] = field(init=False)
    zero: int = 0
    negative: int = 0
    mean: float = 0.0
    squares: float = 0.0
    smallest: Extreme = field(init=False)
    largest: Extreme = field(init=False)
    values: dict[int | float, NDArray[np.int64]] | None = field(default_factory=dict)
    """How often each value is there, by block; None once there are more than `MOST_VALUES`."""
    frequent: dict[int | float, int] = field(default_factory=dict)
    unseen_runs: int = 0
    """How many values equal to any one other may have escaped `frequent`."""

    def __post_init__(self) -> None:
        shape = (self.blocks, len(self.edges))
        self.le, self.lt = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self.n, self.nan, self.infinite, self.missing = (np.zeros(self.blocks, np.int64) for _ in range(4))
        self.smallest = Extreme(-1, counts=np.zeros(self.blocks, np.int64))
        self.largest = Extreme(1, counts=np.zeros(self.blocks, np.int64))

    def add(self, values: NDArray[Any], block: int) -> None:
        """Count the values of one piece, all of one block; the array is not changed."""
        ordered = _SCRATCH.copy(values)
        ordered.sort()
        ordered = self._finite(ordered, block)
        if not len(ordered):
            return
        self.n[block] += len(ordered)
        at, edges = comparable(ordered, self.edges)
        self.le[block] += np.searchsorted(at, edges, "right")
        self.lt[block] += np.searchsorted(at, edges, "left")
        low, high = np.searchsorted(ordered, 0, "left"), np.searchsorted(ordered, 0, "right")
        self.negative += int(low)
        self.zero += int(high - low)
        first, last = ordered[0], ordered[-1]
        self.smallest.see(first.item(), int(np.searchsorted(ordered, first, "right")), block)
        self.largest.see(last.item(), len(ordered) - int(np.searchsorted(ordered, last, "left")), block)
        self._moments(ordered)
        self._values(ordered, block)
        self._runs(ordered)

    def _finite(self, ordered: NDArray[Any], block: int) -> NDArray[Any]:
        """Return the finite values; sorting has put what is not at the ends."""
        if ordered.dtype.kind != "f" or not len(ordered):
            return ordered
        if np.isfinite(ordered[0]) and np.isfinite(ordered[-1]):
            return ordered
        numbers = int(np.searchsorted(ordered, np.nan, "left"))
        start = int(np.searchsorted(ordered[:numbers], -np.inf, "right"))
        end = int(np.searchsorted(ordered[:numbers], np.inf, "left"))
        self.nan[block] += len(ordered) - numbers
        self.infinite[block] += start + numbers - end
        return ordered[start:end]

    def _moments(self, ordered: NDArray[Any]) -> None:
        """Merge the mean and the sum of squares about it (Chan, Golub and LeVeque 1979), in double precision."""
        count, before = len(ordered), int(self.n.sum()) - len(ordered)
        constant = bool(ordered[0] == ordered[-1])
        apart = _SCRATCH.floats(count)
        # What is beyond any float becomes infinite or NaN here, and None in the baseline.
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(ordered[0]) if constant else float(ordered.mean(dtype=np.float64))
            np.subtract(ordered, mean, out=apart, casting="unsafe")
            # Not `apart @ apart`: the threads of BLAS wait for each other longer than this takes.
            squares = 0.0 if constant else float(np.square(apart, out=apart).sum())
            if not before:
                self.mean, self.squares = mean, squares
                return
            delta = mean - self.mean
            self.mean += delta * count / (before + count)
            self.squares += squares + delta * delta * before * count / (before + count)

    def _values(self, ordered: NDArray[Any], block: int) -> None:
        if self.values is None:
            return
        starts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
        if len(starts) >= MOST_VALUES:
            self.values = None
            return
        bounds = [0, *starts.tolist(), len(ordered)]
        for start, end in pairwise(bounds):
            counts = self.values.setdefault(ordered[start].item(), np.zeros(self.blocks, np.int64))
            counts[block] += end - start
        if len(self.values) > MOST_VALUES:
            self.values = None

    def _runs(self, ordered: NDArray[Any]) -> None:
        """Note the values that are there often, with their counts; what is missed is less than a run."""
        run = max(2, len(ordered) // _RUN)
        self.unseen_runs += run - 1
        often = ordered[run - 1 :][ordered[run - 1 :] == ordered[: len(ordered) - run + 1]]
        for value in np.unique(often)[:_RUN] if len(often) else ():
            count = np.searchsorted(ordered, value, "right") - np.searchsorted(ordered, value, "left")
            key = value.item()
            self.frequent[key] = self.frequent.get(key, 0) + int(count)

    def most(self) -> tuple[int | float | None, int, int]:
        """Return the most frequent value, at least how often it is there, and at most how often any value is."""
        if not self.frequent:
            return None, 0, min(int(self.n.sum()), self.unseen_runs)
        value, count = max(self.frequent.items(), key=lambda item: (item[1], -item[0]))
        return value, count, min(int(self.n.sum()), count + self.unseen_runs)


@dataclass(slots=True)
class Words:
    """The tally of one column of words: how often each listed one is there, by block, and how many are not listed."""

    listed: dict[str, int]
    blocks: int
    counts: NDArray[np.int64] = field(init=False)
    unlisted: NDArray[np.int64] = field(init=False)
    missing: NDArray[np.int64] = field(init=False)
    others: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counts = np.zeros((self.blocks, len(self.listed)), np.int64)
        self.unlisted, self.missing = np.zeros(self.blocks, np.int64), np.zeros(self.blocks, np.int64)

    def add(self, counts: dict[str, int], missing: int, block: int) -> None:
        """Take the counts of one piece into account, all of one block."""
        self.missing[block] += missing
        for word, count in counts.items():
            at = self.listed.get(word)
            if at is None:
                self.unlisted[block] += count
                self.others[word] = self.others.get(word, 0) + count
            else:
                self.counts[block, at] += count


def comparable(values: NDArray[Any], edges: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return both so that they are compared exactly: NumPy takes int64 and uint64 together as floats."""
    if {values.dtype.kind, edges.dtype.kind} == {"i", "u"}:
        return values.astype(object), edges.astype(object)
    return values, edges


def word_counts(codes: NDArray[np.int32], words: Any) -> tuple[dict[str, int], int]:
    """Return how often each word is there among these codes, and how many have none."""
    counts = np.bincount(codes + 1, minlength=len(words) + 1)
    present = np.flatnonzero(counts[1:])
    return {words[i]: int(counts[i + 1]) for i in present.tolist()}, int(counts[0])
