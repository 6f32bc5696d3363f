"""Monotonicity of nets: bounds of the derivative, and the box split where they do not tell.

The derivative of a net is the product of its weights and of the slopes of its activations. Each unit's interval bounds
its slope; products of intervals bound the derivative in each feature. Features of an input rise with it, so where all
their derivatives are at least zero on all parts of the box, the output never falls.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds import boxes as parts
from gatekeeper.contract.bounds.box import Standing
from gatekeeper.contract.bounds.boxes import Boxes
from gatekeeper.contract.bounds.domains import Domain
from gatekeeper.contract.bounds.links import UNIT
from gatekeeper.contract.bounds.nets import MOST_UNITS, Affine, Relaxed, stages, widest
from gatekeeper.contract.bounds.relaxations import slopes
from gatekeeper.contract.bounds.structure import Layer, Net, Structure

Numbers: TypeAlias = NDArray[np.float64]


def standing(
    structure: Structure,
    net: Net,
    where: tuple[tuple[Domain, ...], int],
    which: tuple[int, float],
    budget: int,
) -> tuple[Standing, str]:
    """Return how it stands with `sign` times a raw output."""
    domains, place = where
    if (units := widest(net, len(structure.features))) > MOST_UNITS:
        return "unknown", f"a layer has {units:,} units"
    relaxed = Relaxed(stages(net, len(structure.features)), domains)
    domain = domains[place]
    moves = domain.features[domain.image[1] > domain.image[0]]
    waiting = [parts.whole(domains)]
    spent = done = 0
    while waiting:
        boxes = waiting.pop()
        spent += len(boxes) * 2 * relaxed.cost
        if spent > budget:
            return "unknown", "the derivative's sign was not settled within the budget"
        least, unsure = _least(relaxed, boxes, which)
        open_ = np.flatnonzero((least[:, moves] < 0).any(axis=1))
        done += len(boxes) - len(open_)
        if not len(open_):
            continue
        if not len(net.layers) or not unsure[open_].any(axis=1).all():
            return "unknown", "the derivative has the other sign on a part of the box"
        left = boxes.taken(open_)
        choice = _widest(relaxed, left, unsure[open_])
        if (choice < 0).any():
            return "unknown", "a part of the box that can't be split is not settled"
        halves = parts.halves(structure, domains, left, choice)
        waiting.extend(halves.taken(each) for each in _batches(len(halves), relaxed.at_once))
    return "proved", f"the derivative has one sign on all {done} parts of the box"


def _batches(count: int, size: int) -> list[NDArray[np.intp]]:
    return [np.arange(start, min(start + size, count)) for start in range(0, count, size)]


def _least(relaxed: Relaxed, boxes: Boxes, which: tuple[int, float]) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return lower bounds of the derivatives (parts x features), and which units of the first layer are unsure."""
    output, sign = which
    _, intervals = relaxed.hidden(boxes)
    row = sign * relaxed.stages[-1].weights[output]
    low = high = np.broadcast_to(row, (len(boxes), len(row)))
    for stage, interval in zip(reversed(relaxed.stages[:-1]), reversed(intervals), strict=True):
        assert stage.activation is not None
        low, high = _through(stage, (low, high), _slopes(stage.activation, *interval))
    if not intervals:
        return low, np.zeros((len(boxes), 1), bool)
    first = relaxed.stages[0].activation
    assert first is not None
    steep = _slopes(first, *intervals[0])
    return low, steep[1] - steep[0] > 1e-12


def _through(
    stage: Affine, derivative: tuple[Numbers, Numbers], steep: tuple[Numbers, Numbers]
) -> tuple[Numbers, Numbers]:
    """Return bounds of the derivative before a stage from those behind its activation."""
    # Slopes are not negative: the least product takes the least slope of what is positive, the largest of what is not.
    low = np.where(derivative[0] >= 0, derivative[0] * steep[0], derivative[0] * steep[1])
    high = np.where(derivative[1] >= 0, derivative[1] * steep[1], derivative[1] * steep[0])
    up, down = np.maximum(stage.weights, 0.0), np.minimum(stage.weights, 0.0)
    size = np.maximum(np.abs(low), np.abs(high)) @ np.abs(stage.weights)
    away = 4 * (len(stage.bias) + 4) * UNIT * size
    return low @ up + high @ down - away, high @ up + low @ down + away


def _slopes(layer: Layer, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """Return bounds of an activation's slope between two numbers."""
    if layer.kind in {"relu", "leaky"}:
        flat = layer.slope if layer.kind == "leaky" else 0.0
        return np.where(low >= 0, 1.0, flat), np.where(high <= 0, flat, 1.0)
    ends = slopes(layer, low), slopes(layer, high)
    if layer.kind == "softplus":
        return ends[0] * (1 - 8 * UNIT), ends[1] * (1 + 8 * UNIT)
    top = np.where((low <= 0) & (high >= 0), slopes(layer, np.zeros_like(low)), np.maximum(*ends))
    # The hyperbolic tangent's slope is a difference from one: its error is one of units, and not in proportion.
    return np.maximum(np.minimum(*ends) - 8 * UNIT, 0.0), top + 8 * UNIT


def _widest(relaxed: Relaxed, boxes: Boxes, unsure: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the domain that moves the unsure units of the first layer most; -1 where none can be split."""
    weights = np.abs(relaxed.stages[0].weights)
    moved: Numbers = (
        (unsure.astype(np.float64) @ weights)
        if unsure.shape[1] == len(weights)
        else np.ones((len(boxes), weights.shape[1]))
    )
    spread = parts.widths(relaxed.domains, boxes, moved[:, None, :])
    splittable = parts.splittable(relaxed.domains, boxes)
    choice = np.where(splittable, spread, -1.0).argmax(axis=1)
    return np.where(splittable.any(axis=1), choice, -1)
