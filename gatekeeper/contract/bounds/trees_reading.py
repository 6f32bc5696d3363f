"""The arrays of trees, checked: after this every walk from a root ends at a leaf of the same tree.

A child has one parent and a root none, and no child lies in another tree.
A forest of 500 trees has some ten million nodes, so each check is one pass over an array.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds import document as doc
from gatekeeper.contract.bounds.checked import array, numbers, refuse
from gatekeeper.contract.bounds.structure import Predictor, Trees

MOST_NODES = 100_000_000
MOST_TREES = 1_000_000


def read(found: doc.Trees, arrays: Mapping[str, NDArray[Any]]) -> Trees:
    """Return the trees that the document names.

    Raises:
        Unreadable: an array is not what it must be, or the nodes are no trees.
    """
    starts = array(arrays, found.starts, "i8", (None,))
    left = array(arrays, found.left, "i4", (None,))
    size = len(left)
    if not (1 < len(starts) <= MOST_TREES and 0 < size <= MOST_NODES):
        refuse(f"it has {len(starts) - 1:,} trees of {size:,} nodes")
    if starts[0] != 0 or starts[-1] != size or not (np.diff(starts) > 0).all():
        refuse("its trees do not begin where the one before ends")
    right = array(arrays, found.right, "i4", (size,))
    inner = left >= 0
    _check_children(starts, left, right, inner)
    threshold = array(arrays, found.threshold, "f8", (size,))
    # A split of what is missing from all that is there has the threshold inf.
    if not (threshold > -math.inf).all():
        refuse("a threshold is no number")
    values = numbers(arrays, found.values, (size, None))
    if not all(math.isfinite(each) for each in found.base):
        refuse("the base of its trees is not finite")
    groups = _groups(found, arrays, values, len(starts) - 1)
    category, bits, known = _categories(found, arrays, size)
    return Trees(
        starts=starts,
        left=left,
        right=right,
        feature=array(arrays, found.feature, "i4", (size,)),
        threshold=threshold,
        missing_left=array(arrays, found.missing_left, "u1", (size,)).astype(bool, copy=False),
        values=values,
        groups=groups,
        category=category,
        bits=bits,
        known=known,
        combine=found.combine,
        base=tuple(found.base),
        compare=found.compare,
        single=found.sums == 32,
        native=found.missing == "native",
        wraps=found.beyond == "wraps",
    )


def check_width(trees: Predictor, width: int) -> None:
    """Hold that trees ask for columns that are there.

    Raises:
        Unreadable: they ask for another.
    """
    if isinstance(trees, Trees) and not 0 <= int(trees.feature.min()) <= int(trees.feature.max()) < width:
        refuse(f"a tree asks for column {int(trees.feature.max())} (or {int(trees.feature.min())}) of {width}")


def _check_children(
    starts: NDArray[np.int64], left: NDArray[np.int32], right: NDArray[np.int32], inner: NDArray[np.bool_]
) -> None:
    """Hold that the nodes are trees.

    If all children are different nodes and none is a root, and each tree of n nodes has n - 1 of them, none of which
    lies behind its end, then the first tree's children are all its nodes but the root, so none of them is left for the
    second, and so on: each tree's children are its own.
    """
    size = len(left)
    if not (inner == (right >= 0)).all():
        refuse("a node has one child")
    if min(int(left.min()), int(right.min())) < -1:
        refuse("a node has a child below -1")
    for children in (left, right):
        if (np.maximum.reduceat(children, starts[:-1]) >= starts[1:]).any():
            refuse("a node has a child behind the end of its tree")
    parents = np.zeros(size + 1, np.uint8)
    # The last place is for -1, which a leaf has.
    parents[left] = 1
    parents[right] = 1
    pairs = zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    counts = np.fromiter((np.count_nonzero(inner[start:end]) for start, end in pairs), np.int64, len(starts) - 1)
    if int(np.count_nonzero(parents[:size])) != 2 * int(counts.sum()):
        refuse("a node has two parents")
    if parents[starts[:-1]].any():
        refuse("the root of a tree is a child")
    if (2 * counts + 1 != np.diff(starts)).any():
        refuse("a tree has nodes that nothing leads to")


def _groups(
    found: doc.Trees, arrays: Mapping[str, NDArray[Any]], values: NDArray[np.float64], trees: int
) -> NDArray[np.int32] | None:
    outputs = len(found.base)
    if found.groups is None:
        if values.shape[1] != outputs:
            refuse(f"its leaves hold {values.shape[1]} numbers for {outputs} outputs")
        return None
    groups = array(arrays, found.groups, "i4", (trees,))
    if values.shape[1] != 1 or groups.min() < 0 or groups.max() >= outputs:
        refuse(f"its trees are for outputs {groups.min()} to {groups.max()} of {outputs}")
    if found.combine == "mean" and outputs > 1:
        refuse("it averages trees of several outputs")
    return groups


def _categories(
    found: doc.Trees, arrays: Mapping[str, NDArray[Any]], size: int
) -> tuple[NDArray[np.int32] | None, NDArray[np.uint32] | None, NDArray[np.uint32] | None]:
    if found.category is None or found.bits is None:
        if found.category is not None or found.bits is not None or found.known is not None:
            refuse("it says only in part how it splits by categories")
        return None, None, None
    category = array(arrays, found.category, "i4", (size,))
    bits = array(arrays, found.bits, "u4", (None, None))
    known = None if found.known is None else array(arrays, found.known, "u4", bits.shape)
    if category.min() < -1 or category.max() >= len(bits) or not 0 < bits.shape[1] <= 10_000:
        refuse(f"a node asks for categories {category.max()} of {len(bits)}")
    if found.beyond == "wraps" and bits.shape[1] != 8:
        refuse(f"its categories are {bits.shape[1] * 32} and not one of a byte")
    return category, bits, known
