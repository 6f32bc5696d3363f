"""Records of a box to look at: some values of each input, and a search among their combinations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds.box import Box, Categories, Interval, Value
from gatekeeper.contract.bounds.domains import Domain, applied
from gatekeeper.contract.bounds.structure import Structure

Numbers: TypeAlias = NDArray[np.float64]
Points: TypeAlias = NDArray[np.int64]
"""One row a record, one column a domain: which of its values."""
SWEEPS: Final = 4
STARTS: Final = 12
AT_ONCE: Final = 48
"""Values of one input that are tried in one sweep."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Some values of each input, and the features for each of them."""

    domains: tuple[Domain, ...]
    values: tuple[tuple[Value, ...], ...]
    tables: tuple[Numbers, ...]

    @property
    def width(self) -> int:
        """How many features there are."""
        return sum(len(each.features) for each in self.domains)

    def features(self, points: Points) -> Numbers:
        """Return the features of records."""
        found = np.empty((len(points), self.width))
        for place, (domain, table) in enumerate(zip(self.domains, self.tables, strict=True)):
            found[:, domain.features] = table[points[:, place]]
        return found

    def record(self, point: Sequence[int], structure: Structure, box: Box) -> dict[str, Value]:
        """Return a record; inputs that nothing is made of have some value of the box."""
        known = {each.name: values[at] for each, values, at in zip(self.domains, self.values, point, strict=True)}
        return {
            name: known[name] if name in known else _some(box.inputs[name])
            for name in structure.inputs
            if name in known or name in box.inputs
        }


def _some(allowed: Interval | Categories) -> Value:
    if isinstance(allowed, Interval):
        return float(np.ceil(allowed.low)) if allowed.integer else allowed.low
    return allowed.values[0] if allowed.values else None


def spread(structure: Structure, found: tuple[Domain, ...], steps: int = 17) -> Candidates:
    """Return the ends of each interval, numbers evenly between them, and all single values."""
    numbers = []
    for domain in found:
        if domain.ends is None:
            numbers.append(np.empty(0))
            continue
        between = np.linspace(*domain.ends, steps)
        numbers.append(np.unique(np.clip(np.round(between), *domain.ends) if domain.integer else between))
    return at(structure, found, numbers)


def at(structure: Structure, found: tuple[Domain, ...], numbers: Sequence[Numbers]) -> Candidates:
    """Return these numbers of each interval, and behind them all single values."""
    values, tables = [], []
    for domain, here in zip(found, numbers, strict=True):
        plain = here.tolist()
        features = tuple(structure.features[each] for each in domain.features.tolist())
        table = applied(features, plain).values if plain else np.empty((0, len(features)))
        values.append((*(int(each) if domain.integer else each for each in plain), *domain.single))
        tables.append(np.concatenate([table, domain.table]))
    return Candidates(found, tuple(values), tuple(tables))


def listed(structure: Structure, found: tuple[Domain, ...], records: Sequence[Sequence[Value]]) -> Candidates:
    """Return the values of these records: the n-th value of each input is that of the n-th record."""
    values, tables = [], []
    for place, domain in enumerate(found):
        here = tuple(each[place] for each in records)
        features = tuple(structure.features[each] for each in domain.features.tolist())
        values.append(here)
        tables.append(applied(features, here).values)
    return Candidates(found, tuple(values), tuple(tables))


def search(
    candidates: Candidates,
    objective: Callable[[Numbers], Numbers],
    budget: int,
    extra: Points | None = None,
    seed: int = 0,
) -> tuple[NDArray[Any], float, int]:
    """Return the record with the least objective that a coordinate search finds, its value, and the rows looked at.

    From some records at once, one input after the other is set to the best of its values, until nothing changes or
    `budget` rows were looked at. The records to begin with are drawn by a fixed seed.
    """
    random = np.random.default_rng(seed)
    sizes = np.asarray([len(each) for each in candidates.values], np.int64)
    # With little to spend few values of each input are tried, so that all inputs have their turn twice.
    most = int(np.clip(budget // (2 * len(sizes)), 3, AT_ONCE))
    starts = max(1, min(STARTS, budget // max(1, 2 * int(np.minimum(sizes, most).sum()))))
    points = (random.random((starts, len(sizes))) * sizes).astype(np.int64)
    points[0] = sizes // 2
    if extra is not None:
        points = np.concatenate([extra, points])
    best = objective(candidates.features(points))
    spent = len(points)
    for _ in range(SWEEPS):
        before = best.copy()
        for place in random.permutation(len(sizes)).tolist():
            tried = _tried(int(sizes[place]), most, random)
            if spent + len(points) * len(tried) > budget:
                break
            spent += len(points) * len(tried)
            _improve(candidates, objective, (points, best), place, tried)
        if not (best < before).any():
            break
    winner = int(np.argmin(best))
    return points[winner], float(best[winner]), spent


def _tried(size: int, most: int, random: np.random.Generator) -> NDArray[np.int64]:
    if size <= most:
        return np.arange(size)
    return np.unique(np.concatenate([[0, size - 1], random.integers(0, size, most - 2)]))


def _improve(
    candidates: Candidates,
    objective: Callable[[Numbers], Numbers],
    held: tuple[Points, Numbers],
    place: int,
    tried: NDArray[np.int64],
) -> None:
    """Set one input of each point to the best of its values, where that is better."""
    points, best = held
    varied = np.repeat(points, len(tried), axis=0)
    varied[:, place] = np.tile(tried, len(points))
    values = objective(candidates.features(varied)).reshape(len(points), len(tried))
    values = np.where(np.isnan(values), np.inf, values)
    choice = values.argmin(axis=1)
    least = values[np.arange(len(points)), choice]
    better = least < best
    points[better, place] = tried[choice[better]]
    best[better] = least[better]
