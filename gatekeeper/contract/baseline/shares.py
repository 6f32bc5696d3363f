"""How many values of the training data surely lie beyond a number: counted in whole cells, never one too many."""

from __future__ import annotations

from gatekeeper.contract.baseline.facts import Feature, Number


def below(feature: Feature, value: Number) -> int:
    """Return how many values are surely below `value`: those up to the last edge before it."""
    grid = feature.grid
    if grid is None:
        return 0
    return max((le for edge, le in zip(grid.edges, grid.le, strict=True) if edge < value), default=0)


def above(feature: Feature, value: Number) -> int:
    """Return how many values are surely above `value`: those from the first edge after it on."""
    grid = feature.grid
    if grid is None:
        return 0
    return max((feature.n - lt for edge, lt in zip(grid.edges, grid.lt, strict=True) if edge > value), default=0)


def quantile(feature: Feature, share: float) -> float | None:
    """Return the first edge that at least `share` of the values don't exceed; None where nothing is counted."""
    grid = feature.grid
    if grid is None or not feature.n:
        return None
    counted = zip(grid.edges, grid.le, strict=True)
    return next((float(edge) for edge, le in counted if le >= share * feature.n), float(grid.edges[-1]))
