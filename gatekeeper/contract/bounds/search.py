"""The least sum of trees over a box: branch and bound over cells, best first.

A part of the box has a bound: the sum over trees of the least leaf that it reaches. Where the least leaves of all trees
have a record in common, the bound is attained. Where they have none, the part is split on an input on which they
conflict, so that as much as possible of the sum must change on both sides; on each side fewer leaves remain. The part
with the lowest bound is split next, so at any time the lowest bound of all open parts bounds the whole. (Best-first
search with the sum of per-tree bounds as its heuristic is that of Devos, Meert and Davis, "Versatile verification of
tree ensembles", ICML 2021; they add tree by tree, here the box is split.)

It is deterministic: work is counted in leaves that were looked at, and never in seconds. More work never gives a looser
bound, for a part's bound is at least that of the part that it came from.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds.grid import Leaves

Numbers: TypeAlias = NDArray[np.float64]
PART: Final = 800
"""What one part costs beside its leaves."""
LOOK_EVERY: Final = 8
"""Parts between two looks for a better record."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of the box: ranges of cells and sets of single values, and the leaves of trees that are still undecided.

    Attributes:
        settled: the sum over the trees of which one leaf remains.
        leaves: places of the others' leaves, by tree, the least first.
        starts: where each tree begins among them.
    """

    low: NDArray[np.int32]
    high: NDArray[np.int32]
    bits: NDArray[np.uint64]
    settled: float
    leaves: NDArray[np.intp]
    starts: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One cell an input: its number, or -1 and which single value."""

    cell: NDArray[np.int64]
    single: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: no sum is below `lower`; `best` is the least sum that a cell has."""

    lower: float
    best: float
    where: Cell | None
    spent: int


class Search:
    """The least sum of leaf values; `values` holds one number a leaf."""

    def __init__(self, leaves: Leaves, values: Numbers) -> None:
        order = np.lexsort((values, leaves.tree))
        self.tree = leaves.tree[order]
        self.values = values[order]
        self.low, self.high = leaves.low[:, order].copy(), leaves.high[:, order].copy()
        self.bits = leaves.bits[:, order].copy()

    def run(
        self, budget: int, best: float, where: Cell | None, look: Callable[[Cell], float], goal: float = np.inf
    ) -> Found:
        """Search until the least is found, or it is known whether it is below `goal`, or the budget is spent.

        Args:
            budget: leaves to look at.
            best: the sum of a cell that is known, or inf.
            where: that cell.
            look: gives the sum of a cell.
            goal: what the least is asked about; inf where the least itself is.
        """
        whole = self._part(self._box(), 0.0, np.arange(len(self.values)))
        waiting = [(self._bound(whole), 0, whole)]
        spent = count = 0
        while waiting and waiting[0][0] < min(best, goal) and spent < budget:
            if best < goal < np.inf:
                break
            bound, _, part = heapq.heappop(waiting)
            spent += len(part.leaves) + PART
            chosen = part.leaves[part.starts]
            common = self._common(part, chosen)
            if common is not None:
                best, where = bound, common
                break
            if count % LOOK_EVERY == 0:
                cell = self._likely(part, chosen)
                value = look(cell)
                if value < best:
                    best, where = value, cell
            for child in self._split(part, chosen):
                count += 1
                lower = max(bound, self._bound(child))
                if lower < min(best, goal):
                    heapq.heappush(waiting, (lower, count, child))
        lower = min(best, goal, waiting[0][0] if waiting else np.inf)
        return Found(lower, best, where, spent)

    def _box(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint64]]:
        return self.low.min(axis=1), self.high.max(axis=1), np.bitwise_or.reduce(self.bits, axis=1)

    def _part(
        self,
        box: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint64]],
        settled: float,
        leaves: NDArray[np.intp],
    ) -> Part:
        """Return a part with these leaves; trees with one leaf are settled."""
        tree = self.tree[leaves]
        first = np.empty(len(leaves), bool)
        first[:1] = True
        np.not_equal(tree[1:], tree[:-1], out=first[1:])
        alone = first.copy()
        alone[:-1] &= first[1:]
        if alone.any():
            settled += float(self.values[leaves[alone]].sum())
            leaves, first = leaves[~alone], first[~alone]
        return Part(*box, settled, leaves, np.flatnonzero(first))

    def _bound(self, part: Part) -> float:
        return part.settled + float(self.values[part.leaves[part.starts]].sum())

    def _common(self, part: Part, chosen: NDArray[np.intp]) -> Cell | None:
        """Return a cell that all chosen leaves have, if there is one."""
        low, high, bits = self._meet(part, chosen)
        ordered = low <= high
        if not (ordered | (bits != 0)).all():
            return None
        cell = np.where(ordered, low + (high - low) // 2, -1).astype(np.int64)
        return Cell(cell, np.asarray([_lowest(each) for each in bits.tolist()], np.int64))

    def _meet(
        self, part: Part, chosen: NDArray[np.intp]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint64]]:
        if not len(chosen):
            return part.low, part.high, part.bits
        return (
            np.maximum(part.low, self.low[:, chosen].max(axis=1)),
            np.minimum(part.high, self.high[:, chosen].min(axis=1)),
            part.bits & np.bitwise_and.reduce(self.bits[:, chosen], axis=1),
        )

    def _weights(self, part: Part) -> Numbers:
        """Return what each tree's sum grows by, at least, when its least leaf is not reached."""
        return self.values[part.leaves[part.starts + 1]] - self.values[part.leaves[part.starts]] + 1e-300

    def _likely(self, part: Part, chosen: NDArray[np.intp]) -> Cell:
        """Return the cell that, input by input, most of the chosen leaves have, by their weight."""
        weights = self._weights(part)
        cell, single = np.full(len(part.low), -1, np.int64), np.full(len(part.low), -1, np.int64)
        for place in range(len(part.low)):
            low, high = int(part.low[place]), int(part.high[place])
            most = -1.0
            if low <= high:
                size = high - low + 2
                starts = np.clip(self.low[place, chosen] - low, 0, size - 1)
                ends = np.clip(self.high[place, chosen] - low + 1, starts, size - 1)
                cover = np.cumsum(np.bincount(starts, weights, size) - np.bincount(ends, weights, size))[:-1]
                cell[place] = low + int(cover.argmax())
                most = float(cover.max())
            for bit in _ones(int(part.bits[place])):
                has = (self.bits[place, chosen] >> np.uint64(bit)) & np.uint64(1)
                if (total := float(weights[has != 0].sum())) > most:
                    most, single[place], cell[place] = total, bit, -1
        return Cell(cell, single)

    def _split(self, part: Part, chosen: NDArray[np.intp]) -> list[Part]:
        low, high, bits = self._meet(part, chosen)
        weights = self._weights(part)
        best: tuple[float, int, int, int] = (-1.0, 0, 0, 0)
        for place in np.flatnonzero((low > high) & (bits == 0)).tolist():
            best = max(best, self._conflict(part, chosen, weights, place))
        _, place, cut, mask = best
        sides = _sides(part, place, cut, mask)
        return [child for side in sides if (child := self._kept(part, place, side)) is not None]

    def _conflict(
        self, part: Part, chosen: NDArray[np.intp], weights: Numbers, place: int
    ) -> tuple[float, int, int, int]:
        """Return how good the best split on an input is, the input, the last cell of its left side, or its values."""
        low, high, held = int(part.low[place]), int(part.high[place]), int(part.bits[place])
        if low <= high and held:
            # Numbers on one side, single values on the other.
            ordered = self.low[place, chosen] <= self.high[place, chosen]
            single = (self.bits[place, chosen] & part.bits[place]) != 0
            return min(float(weights[~ordered].sum()), float(weights[~single].sum())), place, -1, held
        if low > high:
            return self._conflict_of_values(chosen, weights, place, held)
        size = high - low + 1
        starts = np.clip(self.low[place, chosen] - low, 0, size - 1)
        ends = np.clip(self.high[place, chosen] - low, 0, size - 1)
        # After a cut behind cell c: who begins later is hurt on the left, who ends before is hurt on the right.
        left = np.cumsum(np.bincount(starts, weights, size)[::-1])[::-1][1:]
        right = np.cumsum(np.bincount(ends, weights, size))[:-1]
        both = np.minimum(left, right)
        cut = int(both.argmax())
        return float(both[cut]), place, low + cut, 0

    def _conflict_of_values(
        self, chosen: NDArray[np.intp], weights: Numbers, place: int, held: int
    ) -> tuple[float, int, int, int]:
        sets = self.bits[place, chosen] & np.uint64(held)
        best = (-1.0, place, -1, held & -held)
        for mask in np.unique(sets).tolist():
            if mask in {0, held}:
                continue
            without = float(weights[(sets & np.uint64(mask)) == 0].sum())
            within = float(weights[(sets & np.uint64(held & ~mask)) == 0].sum())
            best = max(best, (min(without, within), place, -1, mask))
        return best

    def _kept(self, part: Part, place: int, side: tuple[int, int, int]) -> Part | None:
        low, high, bits = side
        if low > high and not bits:
            return None
        ours = part.leaves
        keep = (
            (self.low[place, ours] <= high) & (self.high[place, ours] >= low)
            if low <= high
            else np.zeros(len(ours), bool)
        )
        if low <= high:
            keep &= self.low[place, ours] <= self.high[place, ours]
        if bits:
            keep |= (self.bits[place, ours] & np.uint64(bits)) != 0
        lows, highs, sets = part.low.copy(), part.high.copy(), part.bits.copy()
        lows[place], highs[place], sets[place] = low, high, np.uint64(bits)
        return self._part((lows, highs, sets), part.settled, ours[keep])


def _sides(part: Part, place: int, cut: int, mask: int) -> list[tuple[int, int, int]]:
    """Return both sides of a split, each as a range of cells and a set of single values."""
    low, high, held = int(part.low[place]), int(part.high[place]), int(part.bits[place])
    if cut >= 0:
        return [(low, cut, held), (cut + 1, high, 0)]
    if low <= high:
        return [(low, high, held & ~mask), (1, 0, mask)]
    return [(1, 0, mask), (1, 0, held & ~mask)]


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _ones(bits: int) -> list[int]:
    return [place for place in range(bits.bit_length()) if bits >> place & 1]
