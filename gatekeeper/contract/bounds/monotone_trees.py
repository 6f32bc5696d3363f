"""Monotonicity of trees, one cut of the input's interval after the other.

Within a cell nothing changes. From one cell of the input to the next, only trees with a node at the cut between them
change, by the difference of two leaves whose other inputs have a record in common. The least sum of these differences
is searched for as any sum of trees is; where it is not negative at any cut, the sum never falls. So trees need not be
monotone one by one.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds import candidates as looking
from gatekeeper.contract.bounds import grid
from gatekeeper.contract.bounds.box import Standing
from gatekeeper.contract.bounds.candidates import Candidates
from gatekeeper.contract.bounds.domains import Domain
from gatekeeper.contract.bounds.grid import Grid, Leaves, TooLarge
from gatekeeper.contract.bounds.search import Cell, Search
from gatekeeper.contract.bounds.structure import Structure, Trees

Numbers: TypeAlias = NDArray[np.float64]
ROUNDING: Final = 1e-12
"""Of the leaves of a cut, in proportion: a difference that is smaller is one of rounding."""
MOST_LEAVES: Final = 200_000
MOST_PAIRS: Final = 1_000_000
PAIR: Final = 4
"""Pairs of leaves that cost as much as one leaf of a search."""

How: TypeAlias = tuple[Standing, str]
Found: TypeAlias = tuple[Candidates, list[int], list[int]]


def standing(
    structure: Structure,
    trees: Trees,
    where: tuple[tuple[Domain, ...], int],
    which: tuple[int, float],
    budget: int,
) -> tuple[How, Found | None]:
    """Return how it stands with `sign` times a raw output, and two records that refute it, if they were found."""
    domains, place = where
    output, sign = which
    try:
        cells = grid.grid(structure, trees, domains)
        leaves = grid.leaves(trees, cells, min(MOST_LEAVES, budget))
    except TooLarge as why:
        return ("unknown", str(why)), None
    column = 0 if trees.groups is not None else output
    if trees.groups is not None:
        leaves = grid.taken(leaves, np.flatnonzero(trees.groups[leaves.tree] == output))
    values = sign * trees.values[leaves.nodes, column]
    cuts = len(cells.uppers[place]) - 1
    unsure = 0
    for cut in range(cuts):
        found = _at_cut(leaves, values, place, cut, budget // cuts)
        if found is None:
            unsure += 1
            continue
        least, size, cell = found
        if least < -ROUNDING * size and cell is not None:
            return ("refuted", "two leaves at one cut"), _records(structure, (domains, place), cells, cell, cut)
        unsure += least < -ROUNDING * size
    if unsure:
        return ("unknown", f"{unsure} of {cuts} cuts were not settled within the budget"), None
    return ("proved", f"no cut of {cuts} lowers the sum of the trees"), None


def _at_cut(
    leaves: Leaves, values: Numbers, place: int, cut: int, budget: int
) -> tuple[float, float, Cell | None] | None:
    """Return a lower bound of the step at a cut, the size of its leaves, and a cell where it is; None: too large."""
    before = np.flatnonzero((leaves.low[place] <= cut) & (leaves.high[place] >= cut))
    after = np.flatnonzero((leaves.low[place] <= cut + 1) & (leaves.high[place] >= cut + 1))
    changing = np.intersect1d(leaves.tree[before[leaves.high[place, before] == cut]], leaves.tree)
    if not len(changing):
        return 0.0, 0.0, None
    before, after = (each[np.isin(leaves.tree[each], changing)] for each in (before, after))
    counts = [np.bincount(leaves.tree[each], minlength=int(changing.max()) + 1) for each in (before, after)]
    if int((counts[0] * counts[1]).sum()) > min(MOST_PAIRS, budget * PAIR):
        return None
    first, second = _same_tree(leaves.tree[before], leaves.tree[after])
    first, second = before[first], after[second]
    low = np.maximum(leaves.low[:, first], leaves.low[:, second])
    high = np.minimum(leaves.high[:, first], leaves.high[:, second])
    bits = leaves.bits[:, first] & leaves.bits[:, second]
    # Of the input itself there is one value on each side: nothing is left to choose.
    low[place], high[place], bits[place] = 0, 0, 0
    there = np.flatnonzero(((low <= high) | (bits != 0)).all(axis=0))
    pairs = Leaves(
        np.zeros(len(there), np.int64), leaves.tree[first[there]], low[:, there], high[:, there], bits[:, there]
    )
    steps = values[second[there]] - values[first[there]]
    size = float((np.abs(values[second[there]]) + np.abs(values[first[there]])).max(initial=0.0)) * len(changing)
    if (steps >= 0).all():
        return 0.0, size, None
    # A step that is not below zero is nothing to look for: the search begins with it.
    found = Search(pairs, steps).run(budget, -ROUNDING * size, None, lambda _: np.inf)
    return found.lower, size, found.where


def _same_tree(before: NDArray[np.int32], after: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return all pairs of places that hold the same tree; both are sorted."""
    starts, ends = np.searchsorted(after, before, "left"), np.searchsorted(after, before, "right")
    counts = ends - starts
    first = np.repeat(np.arange(len(before)), counts)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first, np.repeat(starts, counts) + offset


def _records(structure: Structure, where: tuple[tuple[Domain, ...], int], cells: Grid, cell: Cell, cut: int) -> Found:
    """Return the record at the end of the cell before the cut, and the one at the end of the cell behind it."""
    domains, place = where
    ends = looking.at(structure, domains, cells.uppers)
    found = []
    for at in (cut, cut + 1):
        point = []
        for other, (here, bit) in enumerate(zip(cell.cell.tolist(), cell.single.tolist(), strict=True)):
            if other == place:
                point.append(at)
            elif here >= 0:
                point.append(here)
            else:
                point.append(len(cells.uppers[other]) + int(np.flatnonzero(cells.kinds[other] == bit)[0]))
        found.append(point)
    return ends, found[0], found[1]
