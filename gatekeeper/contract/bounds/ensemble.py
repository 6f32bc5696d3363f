"""Bounds of a model of trees: tree by tree, and then of their sum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds import candidates as looking
from gatekeeper.contract.bounds import evaluation, grid, reach
from gatekeeper.contract.bounds.candidates import Candidates, Points
from gatekeeper.contract.bounds.domains import Domain
from gatekeeper.contract.bounds.grid import Grid, Leaves, TooLarge
from gatekeeper.contract.bounds.search import Cell, Search
from gatekeeper.contract.bounds.structure import Structure, Trees

Numbers: TypeAlias = NDArray[np.float64]
MOST_LOOKS: Final = 30_000
"""Walks through a tree for one side of a forest that is too large for a search."""
GLANCE: Final = 100_000
SHARE: Final = 40
"""At most one of so many parts of the budget is the number of leaves: with more there is no search."""


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """Bounds of the raw outputs, records that were found near them, and how the bounds were proved."""

    low: Numbers
    high: Numbers
    candidates: Candidates
    points: Points
    method: str


@dataclass(frozen=True, slots=True, eq=False)
class Goals:
    """What is asked of each raw output: whether it is always at least `low` and at most `high`; infinite: nothing."""

    low: Numbers
    high: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    structure: Structure
    trees: Trees
    candidates: Candidates
    grid: Grid
    leaves: Leaves

    def point(self, cell: Cell) -> NDArray[np.int64]:
        """Return a cell as a record of the candidates."""
        found = np.empty(len(cell.cell), np.int64)
        for place, (at, bit) in enumerate(zip(cell.cell.tolist(), cell.single.tolist(), strict=True)):
            kinds = self.grid.kinds[place]
            found[place] = at if at >= 0 else len(self.grid.uppers[place]) + int(np.flatnonzero(kinds == bit)[0])
        return found

    def cell(self, point: NDArray[np.int64]) -> Cell:
        """Return the cell of a record."""
        cell, single = point.copy(), np.full(len(point), -1, np.int64)
        for place, at in enumerate(point.tolist()):
            beyond = at - len(self.grid.uppers[place])
            if beyond >= 0:
                cell[place], single[place] = -1, self.grid.kinds[place][beyond]
        return Cell(cell, single)


def bounds(structure: Structure, trees: Trees, domains: tuple[Domain, ...], goals: Goals, budget: int) -> Raw:
    """Return bounds of the raw outputs: those of each tree on its own, and of their sum where `budget` allows it."""
    reached = reach.leaves(trees, domains)
    low, high = reach.bounds(trees, reached)
    sides = 2 * len(trees.base)
    try:
        cells, found = _cells(structure, trees, domains, (int(np.count_nonzero(reached)), budget // SHARE))
    except TooLarge as why:
        candidates = looking.spread(structure, domains)
        points = _looked(trees, candidates, budget // (2 * sides))
        return Raw(low, high, candidates, points, f"the sum of each tree's own bounds ({why})")
    task = _Task(structure, trees, looking.at(structure, domains, cells.uppers), cells, found)
    points_found: list[NDArray[np.int64]] = []
    complete = True
    for output in range(len(trees.base)):
        ends = []
        away = _finished(task, output, 0.0, 0.0)
        for sign, asked in ((1.0, goals.low[output]), (-1.0, -goals.high[output])):
            goal = _goal(trees, output, float(asked), sign, away)
            # Where each tree's own bounds settle it, a glance for records is enough.
            plain = bool(np.isfinite(asked)) and sign * float(low[output] if sign > 0 else high[output]) >= asked
            lower, settled, point = _side(task, (output, sign), goal, min(budget // sides, GLANCE if plain else budget))
            ends.append(lower)
            complete &= settled
            points_found.append(point)
        narrow = _finished(task, output, ends[0], -ends[1])
        low[output], high[output] = max(low[output], narrow[0]), min(high[output], narrow[1])
    asked = bool(np.isfinite(goals.low).any() or np.isfinite(goals.high).any())
    end = ("until it was settled" if asked else "to its end") if complete else "within its budget"
    method = f"branch and bound over the cells of all trees, {end}"
    return Raw(low, high, task.candidates, np.asarray(points_found), method)


def _cells(
    structure: Structure, trees: Trees, domains: tuple[Domain, ...], leaves: tuple[int, int]
) -> tuple[Grid, Leaves]:
    count, most = leaves
    if count > most:
        raise TooLarge(f"more than {most:,} leaves can be reached")
    cells = grid.grid(structure, trees, domains)
    return cells, grid.leaves(trees, cells, most)


def _ours(trees: Trees, output: int, leaves: Leaves) -> tuple[NDArray[np.intp], int]:
    """Return which leaves give a number for an output, and in which column."""
    if trees.groups is None:
        return np.arange(len(leaves.nodes)), output
    return np.flatnonzero(trees.groups[leaves.tree] == output), 0


def _goal(trees: Trees, output: int, asked: float, sign: float, away: tuple[float, float]) -> float:
    """Return which least sum of `sign` times the trees keeps a raw output on the right side of what is asked.

    `away` is where a sum of nothing is: base and allowance for rounding, on both sides.
    """
    if not np.isfinite(asked):
        return np.inf
    scale = trees.count if trees.combine == "mean" else 1
    start = away[0] if sign > 0 else -away[1]
    goal = (asked - start) * scale
    # Rounded up, by more than the operations here and there are off.
    return float(goal + 1e-12 * (abs(asked) + abs(start) + abs(trees.base[output])) * scale)


def _side(task: _Task, which: tuple[int, float], goal: float, budget: int) -> tuple[float, bool, NDArray[np.int64]]:
    """Return the least sum of `sign` times the trees of an output, whether it is attained, and the best record."""
    output, sign = which
    ours, column = _ours(task.trees, output, task.leaves)
    leaves = grid.taken(task.leaves, ours)
    values = sign * task.trees.values[leaves.nodes, column]
    sums = _sums(task.trees, output, column, sign)
    trees = max(1, len(np.unique(leaves.tree)))
    point, best, _ = looking.search(task.candidates, sums, max(1, budget // (2 * trees)))

    def look(cell: Cell) -> float:
        return float(sums(task.candidates.features(task.point(cell)[None]))[0])

    found = Search(leaves, values).run(budget // 2, best, task.cell(point), look, goal)
    settled = found.lower >= min(found.best, goal) or found.best < goal < np.inf
    assert found.where is not None
    return found.lower, settled, task.point(found.where)


def _sums(trees: Trees, output: int, column: int, sign: float) -> Callable[[Numbers], Numbers]:
    """Return what gives the sum of an output's leaves, without base and mean, for rows of features."""
    which = None if trees.groups is None else trees.groups == output

    def found(features: Numbers) -> Numbers:
        total = np.empty(len(features))
        step = max(1, evaluation.AT_ONCE // trees.count)
        for start in range(0, len(features), step):
            reached = evaluation.leaves(trees, features[start : start + step])
            given = trees.values[reached if which is None else reached[which], column]
            total[start : start + step] = given.sum(axis=0)
        return sign * total

    return found


def _finished(task: _Task, output: int, low: float, high: float) -> tuple[float, float]:
    ours, column = _ours(task.trees, output, task.leaves)
    values = np.abs(task.trees.values[task.leaves.nodes[ours], column])
    tree = task.leaves.tree[ours]
    first = np.flatnonzero(np.concatenate([[True], tree[1:] != tree[:-1]])) if len(tree) else np.empty(0, np.intp)
    largest = np.maximum.reduceat(values, first) if len(first) else np.empty(0)
    return reach.finished(task.trees, output, low, high, (largest, largest))


def _looked(trees: Trees, candidates: Candidates, budget: int) -> Points:
    found = []
    for output in range(len(trees.base)):
        for sign in (1.0, -1.0):
            column = 0 if trees.groups is not None else output
            rows = max(1, min(budget, MOST_LOOKS) // trees.count)
            found.append(looking.search(candidates, _sums(trees, output, column, sign), rows)[0])
    return np.asarray(found)
