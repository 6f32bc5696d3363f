"""The cells of a box in which every tree gives one leaf.

The thresholds that the nodes ask of an input cut its interval into cells; each single value (a category, what is
missing) is one more. All records whose inputs lie in the same cells reach the same leaves, so a model of trees is a
function of cells, and a leaf a set of them: for each input a range of cells and a set of single values.

A cut is the largest number that still goes left, found by bisection over all floating-point numbers through the very
operations that make the feature: so the cells are exact, whatever was scaled or rounded to 32 bits on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds.columns import Feature
from gatekeeper.contract.bounds.domains import Domain, applied
from gatekeeper.contract.bounds.evaluation import goes_left
from gatekeeper.contract.bounds.structure import Structure, Trees

Numbers: TypeAlias = NDArray[np.float64]
MOST_SINGLE: Final = 63
"""Single values of one input that are told apart: one bit each."""


class TooLarge(Exception):
    """There are too many single values, or leaves, for a search."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The cells of each domain, and for each node which of them go left.

    Attributes:
        uppers: of each domain, the largest number of each cell.
        kinds: of each domain, for each single value which bit it is.
        domain: of each node, the place of the domain that it asks.
        cut: of each node, the last cell that goes left; -1 for none.
        bits: of each node, the single values that go left.
    """

    uppers: tuple[Numbers, ...]
    kinds: tuple[NDArray[np.int64], ...]
    domain: NDArray[np.int32]
    cut: NDArray[np.int32]
    bits: NDArray[np.uint64]


def grid(structure: Structure, trees: Trees, domains: tuple[Domain, ...]) -> Grid:
    """Return the cells.

    Raises:
        TooLarge: an input has more single values that nodes tell apart than there are bits.
    """
    size = len(trees.left)
    domain_of, cut = np.zeros(size, np.int32), np.full(size, -1, np.int32)
    bits = np.zeros(size, np.uint64)
    uppers, kinds = [], []
    inner = np.flatnonzero(trees.left >= 0)
    owner = np.empty(len(structure.features), np.int32)
    for place, domain in enumerate(domains):
        owner[domain.features] = place
    asked = owner[trees.feature[inner]]
    for place, domain in enumerate(domains):
        nodes = inner[asked == place]
        domain_of[nodes] = place
        uppers.append(_cut(structure, trees, domain, nodes, cut))
        kinds.append(_kinds(trees, domain, nodes, bits))
    return Grid(tuple(uppers), tuple(kinds), domain_of, cut, bits)


def _cut(
    structure: Structure, trees: Trees, domain: Domain, nodes: NDArray[np.intp], cut: NDArray[np.int32]
) -> Numbers:
    """Set the cut of each node of a domain; return the largest number of each cell."""
    if domain.ends is None:
        return np.empty(0)
    last = np.full(len(nodes), -np.inf)
    for place, feature in enumerate(domain.features.tolist()):
        here = np.flatnonzero(trees.feature[nodes] == feature)
        # Beyond the images of both ends all go one way: but for those, of a large forest, few are left to look at.
        asked, image = trees.threshold[nodes[here]], domain.image[:, place]
        last[here[asked > image[1]]] = np.inf
        here = here[(asked >= image[0]) & (asked <= image[1])]
        thresholds, which = np.unique(trees.threshold[nodes[here]], return_inverse=True)
        last[here] = _largest_left(structure.features[feature], thresholds, trees.compare, domain)[which]
    inside = np.unique(last[(last > -np.inf) & (last < np.inf)])
    cut[nodes] = np.where(
        last == np.inf, len(inside), np.where(last == -np.inf, -1, np.searchsorted(inside, last))
    ).astype(np.int32)
    return np.append(inside, domain.ends[1])


def _largest_left(feature: Feature, thresholds: Numbers, compare: str, domain: Domain) -> Numbers:
    """Return the largest number of an interval that goes left, by threshold; -inf for none, inf for all."""

    def left(numbers: Numbers, asked: Numbers) -> NDArray[np.bool_]:
        found = applied((feature,), numbers).values[:, 0]
        return found <= asked if compare == "le" else found < asked

    assert domain.ends is not None
    low, high = domain.ends
    none = ~left(np.full(len(thresholds), low), thresholds)
    every = left(np.full(len(thresholds), high), thresholds)
    found = np.where(every, np.inf, -np.inf)
    between = np.flatnonzero(~none & ~every)
    if len(between):
        found[between] = _bisected(thresholds[between], left, domain)
    return found


def _bisected(thresholds: Numbers, left: Callable[[Numbers, Numbers], NDArray[np.bool_]], domain: Domain) -> Numbers:
    assert domain.ends is not None
    ends = np.asarray(domain.ends)
    order = ends.astype(np.int64) if domain.integer else _order(ends)
    small, large = np.full(len(thresholds), order[0]), np.full(len(thresholds), order[1])
    while True:
        # The mean, rounded down, without overflow.
        middle = (small & large) + ((small ^ large) >> 1)
        if not (middle > small).any():
            break
        goes = left(middle.astype(np.float64) if domain.integer else _number(middle), thresholds)
        small, large = np.where(goes, middle, small), np.where(goes, large, middle)
    return small.astype(np.float64) if domain.integer else _number(small)


def _order(numbers: Numbers) -> NDArray[np.int64]:
    """Return integers in the order of numbers: neighbours of one are neighbours of the other."""
    plain = (numbers + 0.0).view(np.int64)
    return np.where(plain < 0, np.int64(-(2**63)) - plain, plain)


def _number(order: NDArray[np.int64]) -> Numbers:
    return np.where(order < 0, np.int64(-(2**63)) - order, order).view(np.float64)


def _kinds(trees: Trees, domain: Domain, nodes: NDArray[np.intp], bits: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Set which single values go left at each node; return the bit of each: what no node tells apart shares one."""
    kinds: dict[bytes, int] = {}
    found = np.empty(len(domain.table), np.int64)
    places = np.searchsorted(domain.features, trees.feature[nodes])
    for value, row in enumerate(domain.table):
        goes = goes_left(trees, nodes, row[places]) if len(nodes) else np.zeros(0, bool)
        signature = np.packbits(goes).tobytes()
        if signature not in kinds:
            if len(kinds) == MOST_SINGLE:
                raise TooLarge(f"{domain.name!r} has more than {MOST_SINGLE} values that trees tell apart")
            kinds[signature] = len(kinds)
            bits[nodes[goes]] |= np.uint64(1 << kinds[signature])
        found[value] = kinds[signature]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Leaves:
    """Leaves as sets of cells: arrays with one row a domain and one column a leaf.

    Attributes:
        nodes: which nodes they are, in the order of their trees.
        tree: which tree each is of.
        low: the first cell.
        high: the last one; below `low` where there is none.
        bits: the single values.
    """

    nodes: NDArray[np.int64]
    tree: NDArray[np.int32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    bits: NDArray[np.uint64]


def leaves(trees: Trees, found: Grid, most: int) -> Leaves:
    """Return all leaves that some record of the box reaches.

    Raises:
        TooLarge: there are more than `most`.
    """
    count, width = trees.count, len(found.uppers)
    nodes = trees.starts[:-1].copy()
    tree = np.arange(count, dtype=np.int32)
    low = np.zeros((width, count), np.int32)
    high = np.repeat(np.asarray([len(each) - 1 for each in found.uppers], np.int32)[:, None], count, axis=1)
    whole = np.asarray([(1 << (int(each.max()) + 1)) - 1 if len(each) else 0 for each in found.kinds], np.uint64)
    level = Leaves(nodes, tree, low, high, np.repeat(whole[:, None], count, axis=1))
    done: list[Leaves] = []
    total = 0
    while len(level.nodes):
        leaf = trees.left[level.nodes] < 0
        done.append(taken(level, np.flatnonzero(leaf)))
        inner = taken(level, np.flatnonzero(~leaf))
        total += len(done[-1].nodes)
        if total + len(inner.nodes) > most:
            raise TooLarge(f"more than {most:,} leaves can be reached")
        level = _joined([_child(trees, found, inner, left=True), _child(trees, found, inner, left=False)])
    joined = _joined(done)
    return taken(joined, np.lexsort((joined.nodes, joined.tree)))


def taken(held: Leaves, which: NDArray[np.intp]) -> Leaves:
    """Return some of the leaves."""
    return Leaves(held.nodes[which], held.tree[which], held.low[:, which], held.high[:, which], held.bits[:, which])


def _joined(parts: list[Leaves]) -> Leaves:
    return Leaves(
        np.concatenate([each.nodes for each in parts]),
        np.concatenate([each.tree for each in parts]),
        np.concatenate([each.low for each in parts], axis=1),
        np.concatenate([each.high for each in parts], axis=1),
        np.concatenate([each.bits for each in parts], axis=1),
    )


def _child(trees: Trees, found: Grid, inner: Leaves, *, left: bool) -> Leaves:
    """Return the children on one side that some record reaches."""
    place, all_of = found.domain[inner.nodes], np.arange(len(inner.nodes))
    cut, goes = found.cut[inner.nodes], found.bits[inner.nodes]
    low, high, bits = inner.low.copy(), inner.high.copy(), inner.bits.copy()
    if left:
        high[place, all_of] = np.minimum(high[place, all_of], cut)
        bits[place, all_of] &= goes
    else:
        low[place, all_of] = np.maximum(low[place, all_of], cut + 1)
        bits[place, all_of] &= ~goes
    there = (low[place, all_of] <= high[place, all_of]) | (bits[place, all_of] != 0)
    children = (trees.left if left else trees.right)[inner.nodes].astype(np.int64)
    return taken(Leaves(children, inner.tree, low, high, bits), np.flatnonzero(there))
