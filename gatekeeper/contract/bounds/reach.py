"""Bounds of trees one by one: which leaves a record of the box can reach.

A node whose threshold lies outside of what its column can be sends all records one way; what hangs on the other side is
left out. The sum over trees of the least leaf is sound, and loose for trees that add up: `search` is for those.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds.domains import Domain
from gatekeeper.contract.bounds.evaluation import goes_left
from gatekeeper.contract.bounds.links import UNIT, UNIT_32
from gatekeeper.contract.bounds.structure import Trees

Numbers: TypeAlias = NDArray[np.float64]
FEW: Final = 8
"""Where less than one of so many nodes is cut off, those below it are taken away; else the others are walked to."""
BLOCK: Final = 1 << 17
"""Nodes at once, so that what is computed on the way stays in the processor's cache."""


def leaves(trees: Trees, domains: tuple[Domain, ...]) -> NDArray[np.bool_]:
    """Return, for each node, whether it is a leaf that a record of the box may reach."""
    blocked_left, blocked_right = _blocked(trees, domains)
    unreached = np.concatenate([trees.left[blocked_left], trees.right[blocked_right]])
    leaf = trees.left < 0
    if len(unreached) * FEW > len(leaf):
        return _from_roots(trees, blocked_left, blocked_right)
    while len(unreached):
        inner = unreached[trees.left[unreached] >= 0]
        leaf[unreached] = False
        unreached = np.concatenate([trees.left[inner], trees.right[inner]])
    return leaf


def _from_roots(trees: Trees, blocked_left: NDArray[Any], blocked_right: NDArray[Any]) -> NDArray[np.bool_]:
    closed = np.zeros(len(trees.left), np.uint8)
    closed[blocked_left] = 1
    closed[blocked_right] |= 2
    found = np.zeros(len(trees.left), bool)
    level = trees.starts[:-1]
    while len(level):
        inner = trees.left[level] >= 0
        found[level[~inner]] = True
        level = level[inner]
        ways = closed[level]
        level = np.concatenate([trees.left[level[ways & 1 == 0]], trees.right[level[ways & 2 == 0]]])
    return found


def _blocked(trees: Trees, domains: tuple[Domain, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the inner nodes whose left child no record reaches, and those whose right child none does."""
    width = sum(len(each.features) for each in domains)
    low, high = np.full(width, np.inf), np.full(width, -np.inf)
    absent = np.zeros(width, bool)
    for domain in domains:
        low[domain.features], high[domain.features] = domain.hull
        absent[domain.features] = domain.absent
    # A column that is always NaN has no hull: no number of it goes anywhere.
    low, high = np.where(np.isnan(low), np.inf, low), np.where(np.isnan(high), -np.inf, high)
    left, right = np.empty(len(trees.left), bool), np.empty(len(trees.left), bool)
    for start in range(0, len(left), BLOCK):
        here = slice(start, start + BLOCK)
        feature, threshold = trees.feature[here], trees.threshold[here]
        if trees.compare == "le":
            left[here], right[here] = low[feature] > threshold, high[feature] <= threshold
        else:
            left[here], right[here] = low[feature] >= threshold, high[feature] < threshold
    inner = trees.left >= 0
    left &= inner
    right &= inner
    if absent.any():
        open_to_missing = absent[trees.feature]
        left &= ~(open_to_missing & trees.missing_left)
        right &= ~(open_to_missing & ~trees.missing_left)
    if trees.category is not None:
        _ask_categories(trees, domains, left, right)
    return np.flatnonzero(left), np.flatnonzero(right)


def _ask_categories(
    trees: Trees, domains: tuple[Domain, ...], left: NDArray[np.bool_], right: NDArray[np.bool_]
) -> None:
    """Set the nodes that ask for a category: what is asked of them are single values alone (see `domains`)."""
    assert trees.category is not None
    asking = np.flatnonzero((trees.category >= 0) & (trees.left >= 0))
    left[asking] = right[asking] = True
    for domain in domains:
        for place, feature in enumerate(domain.features.tolist()):
            nodes = asking[trees.feature[asking] == feature]
            for value in domain.table[:, place] if len(nodes) else ():
                goes = goes_left(trees, nodes, np.full(len(nodes), value))
                left[nodes[goes]] = False
                right[nodes[~goes]] = False


def ends(trees: Trees, reached: NDArray[np.bool_], column: int) -> tuple[Numbers, Numbers]:
    """Return the least and the largest value of a reached leaf for each tree."""
    low, high = np.empty(trees.count), np.empty(trees.count)
    first = 0
    while first < trees.count:
        # As many trees as fit into a block, and one at least.
        last = int(np.searchsorted(trees.starts, trees.starts[first] + BLOCK, "right")) - 1
        last = min(max(last, first + 1), trees.count)
        here = slice(int(trees.starts[first]), int(trees.starts[last]))
        starts, values = trees.starts[first:last] - trees.starts[first], trees.values[here, column]
        low[first:last] = np.minimum.reduceat(np.where(reached[here], values, np.inf), starts)
        high[first:last] = np.maximum.reduceat(np.where(reached[here], values, -np.inf), starts)
        first = last
    return low, high


def bounds(trees: Trees, reached: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Return bounds of the raw outputs, sound in floating point (see `finished`)."""
    low, high = np.empty(len(trees.base)), np.empty(len(trees.base))
    for output in range(len(trees.base)):
        column = 0 if trees.groups is not None else output
        ours = slice(None) if trees.groups is None else trees.groups == output
        small, large = (each[ours] for each in ends(trees, reached, column))
        low[output], high[output] = finished(trees, output, small.sum(), large.sum(), (small, large))
    return low, high


def finished(
    trees: Trees, output: int, low: float, high: float, leaves: tuple[Numbers, Numbers]
) -> tuple[float, float]:
    """Return bounds of a raw output from bounds of the sum of its trees.

    Leaves are the library's own numbers, but their sum is not exact: n numbers, added in any order, are off by at most
    n - 1 units of rounding of the sum of their absolute values (Higham 2002, section 4.2), and so is our own sum. The
    bounds are moved outward by four times that, in the unit that the library adds in.

    Args:
        trees: all of them.
        output: which output.
        low: of the sum over the trees.
        high: the same.
        leaves: the least and the largest leaf of each tree.
    """
    base = trees.base[output]
    size = float(np.maximum(np.abs(leaves[0]), np.abs(leaves[1])).sum()) + abs(base)
    unit = UNIT_32 if trees.single else UNIT
    slack = 4 * (len(leaves[0]) + 4) * unit * size
    if trees.combine == "mean":
        return (low - slack) / trees.count, (high + slack) / trees.count
    return low + base - slack, high + base + slack
