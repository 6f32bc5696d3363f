"""Bounds of a feed-forward net: linear relaxation, propagated back to the inputs, and the box split where it is loose.

Each activation lies between two straight lines on the interval that its unit can be in. Put together from the last
layer to the first they give an output's bounds as linear functions of the features, whose least value over the box is
exact, input by input (Zhang et al., "Efficient neural network robustness certification with general activation
functions", NeurIPS 2018). The intervals of the units of each layer are found in the same way, first layer first.

The parts of the box with the lowest bounds are halved on the input that moves the linear bound most, and so on, as long
as there is budget. The corner that the linear bound points to is evaluated: it is how counterexamples are found.

Rounding. A layer's sum of n products and a bias, added in any order, is off by at most n + 2 units of rounding of the
sum of their absolute values; what is off before a layer is multiplied by the absolute weights; no activation enlarges
it, and each adds a few units of its own value. The sum of these over the layers, in the unit that the library computes
in, is taken four times and added to the bounds, and that of our own numbers of 64 bits for going there and back.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds import boxes as parts
from gatekeeper.contract.bounds import candidates as looking
from gatekeeper.contract.bounds.box import Value
from gatekeeper.contract.bounds.boxes import Boxes
from gatekeeper.contract.bounds.domains import Domain
from gatekeeper.contract.bounds.evaluation import activated, forward
from gatekeeper.contract.bounds.linear import magnitude
from gatekeeper.contract.bounds.links import UNIT, UNIT_32
from gatekeeper.contract.bounds.relaxations import Lines, lines
from gatekeeper.contract.bounds.structure import Layer, Net, Structure

Numbers: TypeAlias = NDArray[np.float64]
AT_ONCE: Final = 64
"""Parts that are split at once, where they are not too large."""
AT_ONCE_NUMBERS: Final = 4_000_000
MOST_UNITS: Final = 4096
"""Of a layer, with which bounds are found."""
PART: Final = 120
"""What one part costs beside its products."""
LOOK: Final = 100
"""Of the budget, for one row that is looked at before."""
MOST_LOOKS: Final = 10_000
WORK: Final = 50
"""Products that count as one unit of the budget."""


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """`weights @ x + bias`, and the activation behind it, if there is one."""

    weights: Numbers
    bias: Numbers
    activation: Layer | None


def widest(net: Net, width: int) -> int:
    """Return how many units the widest layer has, the features among them."""
    return max(width, *(len(each.bias) for each in net.layers if each.bias is not None))


def stages(net: Net, width: int) -> tuple[Affine, ...]:
    """Return the layers as affine functions with one activation behind each; layers without one between are joined."""
    found: list[Affine] = []
    weights, bias = np.eye(width), np.zeros(width)
    fresh = True
    for layer in net.layers:
        if layer.weights is None or layer.bias is None:
            found.append(Affine(weights, bias, layer))
            weights, bias, fresh = np.eye(len(bias)), np.zeros(len(bias)), True
            continue
        if layer.kind == "linear":
            weights, bias = layer.weights if fresh else layer.weights @ weights, layer.weights @ bias + layer.bias
        else:
            weights, bias = layer.weights[:, None] * weights, layer.weights * bias + layer.bias
        fresh = False
    return (*found, Affine(weights, bias, None))


class Relaxed:
    """The linear bounds of a net's stages over parts of a box."""

    def __init__(self, found: tuple[Affine, ...], domains: tuple[Domain, ...]) -> None:
        self.stages = found
        self.domains = domains
        sizes = [each.weights.shape for each in found]
        # Each stage is propagated back through all before it.
        products = sum(rows * sum(a * b for a, b in sizes[:place]) for place, (rows, _) in enumerate(sizes))
        self.at_once = max(1, min(AT_ONCE, AT_ONCE_NUMBERS // max(max(a, b) ** 2 for a, b in sizes)))
        self.cost = PART + (products + sum(a * b for a, b in sizes)) // WORK

    def hidden(self, boxes: Boxes) -> tuple[list[Lines], list[tuple[Numbers, Numbers]]]:
        """Return the lines of each activation, and the interval of each unit, stage by stage."""
        found: list[Lines] = []
        intervals: list[tuple[Numbers, Numbers]] = []
        for place, stage in enumerate(self.stages[:-1]):
            assert stage.activation is not None
            low = self._back(boxes, found, place, stage.weights, stage.bias)[0]
            high = -self._back(boxes, found, place, -stage.weights, -stage.bias)[0]
            # Interval arithmetic may be tighter for a unit.
            if place:
                low, high = _narrowed(self.stages[place - 1], stage, intervals[-1], (low, high))
            intervals.append((low, np.maximum(low, high)))
            found.append(lines(stage.activation, *intervals[-1]))
        return found, intervals

    def least(self, boxes: Boxes, row: Numbers, bias: float) -> tuple[Numbers, Numbers, list[tuple[Numbers, Numbers]]]:
        """Return lower bounds of `row @ last hidden + bias` in each part, their weights, and the units' intervals."""
        found, intervals = self.hidden(boxes)
        low, weights = self._back(boxes, found, len(self.stages) - 1, row[None], np.asarray([bias]))
        return low[:, 0], weights, intervals

    def _back(
        self, boxes: Boxes, found: list[Lines], place: int, rows: Numbers, bias: Numbers
    ) -> tuple[Numbers, Numbers]:
        weights = np.broadcast_to(rows, (len(boxes), *rows.shape))
        offset = np.broadcast_to(bias, (len(boxes), len(bias)))
        for before in range(place - 1, -1, -1):
            relaxed, stage = found[before], self.stages[before]
            up, down = np.maximum(weights, 0.0), np.minimum(weights, 0.0)
            offset = offset + (up @ relaxed.below[:, :, None] + down @ relaxed.above[:, :, None])[:, :, 0]
            weights = up * relaxed.below_slope[:, None, :] + down * relaxed.above_slope[:, None, :]
            offset = offset + weights @ stage.bias
            weights = weights @ stage.weights
        return parts.least(self.domains, boxes, weights) + offset, weights


def _narrowed(
    before: Affine, stage: Affine, interval: tuple[Numbers, Numbers], found: tuple[Numbers, Numbers]
) -> tuple[Numbers, Numbers]:
    assert before.activation is not None
    low, high = (activated(before.activation, each) for each in interval)
    up, down = np.maximum(stage.weights, 0.0), np.minimum(stage.weights, 0.0)
    least, most = low @ up.T + high @ down.T + stage.bias, high @ up.T + low @ down.T + stage.bias
    return np.maximum(found[0], least), np.minimum(found[1], most)


def slack(net: Net, domains: tuple[Domain, ...], width: int) -> Numbers:
    """Return by how much each raw output may be off, in the library and here."""
    size, off = magnitude(domains, width), np.zeros(width)
    unit, terms = UNIT_32 if net.single else UNIT, 8
    for layer in net.layers:
        if layer.weights is None or layer.bias is None:
            size = np.ones_like(size) if layer.kind in {"tanh", "sigmoid"} else size + (layer.kind == "softplus")
            off = off + 8 * unit * size
        elif layer.kind == "linear":
            weights, bias = np.abs(layer.weights), np.abs(layer.bias)
            terms += weights.shape[1] + 2
            off = weights @ off + (weights.shape[1] + 2) * unit * (weights @ (size + off) + bias)
            size = weights @ size + bias
        else:
            factor, shift = np.abs(layer.weights), np.abs(layer.bias)
            # Batch normalisation is computed from four numbers a unit, where here are two.
            off = factor * off + 16 * unit * (factor * (size + off) + shift)
            size = factor * size + shift
    return np.asarray(4 * off + 8 * terms * UNIT * size)


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """No value of an output's side is below `lower`; `best` is that of a record, `values` one of each domain."""

    lower: float
    best: float
    values: tuple[Value, ...]
    settled: bool


def least(
    structure: Structure, net: Net, domains: tuple[Domain, ...], which: tuple[int, float], budget: int, goal: float
) -> Side:
    """Return the least of `sign` times a raw output over the box, as far as `budget` goes; without its slack.

    Args:
        structure: of the model.
        net: its predictor.
        domains: what each input may be.
        which: the output, and the sign.
        budget: how much work is done.
        goal: what the least is asked about; inf where the least itself is.
    """
    output, sign = which
    relaxed = Relaxed(stages(net, len(structure.features)), domains)
    last = relaxed.stages[-1]
    row, bias = sign * last.weights[output], float(sign * last.bias[output])
    search = _Search(structure, net, relaxed, which, goal)
    search.look(min(MOST_LOOKS, budget // LOOK))
    search.add(parts.whole(domains), np.asarray([-np.inf]), row, bias)
    spent = relaxed.cost
    while search.open() and spent < budget:
        boxes, bounds = search.popped()
        if not len(boxes):
            break
        spent += 2 * len(boxes) * relaxed.cost
        search.halve(boxes, bounds, row, bias)
    return search.found()


class _Search:
    """The parts that are open, lowest bound first, and the best record so far."""

    def __init__(self, structure: Structure, net: Net, relaxed: Relaxed, which: tuple[int, float], goal: float) -> None:
        self.structure, self.net, self.relaxed = structure, net, relaxed
        self.output, self.sign = which
        self.goal = goal
        self.best = np.inf
        self.values: tuple[Value, ...] = ()
        self.waiting: list[tuple[float, int, Boxes, int]] = []
        self.stuck = np.inf
        self.count = 0
        self.close = 0.0

    def look(self, rows: int) -> None:
        """Look for a low record input by input, over this many rows."""
        ends = looking.spread(self.structure, self.relaxed.domains)

        def objective(features: Numbers) -> Numbers:
            return self.sign * forward(self.net, features)[:, self.output]

        point, self.best, _ = looking.search(ends, objective, rows)
        self.values = tuple(values[at] for values, at in zip(ends.values, point.tolist(), strict=True))
        self.close = 1e-9 * abs(self.best)

    def add(self, boxes: Boxes, before: Numbers, row: Numbers, bias: float) -> None:
        """Bound parts, look at the record that each bound points to, and keep those that may hold a lower one."""
        low, weights, _ = self.relaxed.least(boxes, row, bias)
        low = np.maximum(low, before)
        features, choices = parts.corners(self.relaxed.domains, boxes, weights)
        given = self.sign * forward(self.net, features)[:, self.output]
        place = int(given.argmin())
        if given[place] < self.best:
            self.best = float(given[place])
            self.values = parts.record(self.relaxed.domains, boxes, place, choices[place])
            self.close = 1e-9 * abs(self.best)
        spread = parts.widths(self.relaxed.domains, boxes, weights)
        splittable = parts.splittable(self.relaxed.domains, boxes)
        choice = np.where(splittable.any(axis=1), np.where(splittable, spread, -1.0).argmax(axis=1), -1)
        for place in np.flatnonzero(low < self.limit).tolist():
            self.count += 1
            heapq.heappush(
                self.waiting,
                (float(low[place]), self.count, boxes.taken(np.asarray([place])), int(choice[place])),
            )

    def open(self) -> bool:
        """Return whether a part may hold a lower value than the best record, and that is what is asked."""
        asked = self.best >= self.goal or self.goal == np.inf
        return bool(self.waiting) and asked and self.waiting[0][0] < min(self.limit, self.stuck)

    @property
    def limit(self) -> float:
        """A part whose bound is not below it is of no interest."""
        return min(self.best - self.close, self.goal)

    def popped(self) -> tuple[Boxes, list[tuple[float, int]]]:
        """Take the parts with the lowest bounds; a part of one record is stuck with its bound."""
        found: list[Boxes] = []
        bounds: list[tuple[float, int]] = []
        while self.waiting and len(found) < self.relaxed.at_once and self.waiting[0][0] < self.limit:
            low, _, boxes, choice = heapq.heappop(self.waiting)
            if choice >= 0:
                found.append(boxes)
                bounds.append((low, choice))
            else:
                self.stuck = min(self.stuck, low)
        return (parts.joined(found), bounds) if found else (parts.whole(self.relaxed.domains).taken(_NONE), [])

    def halve(self, boxes: Boxes, bounds: list[tuple[float, int]], row: Numbers, bias: float) -> None:
        """Split parts in two and add the halves."""
        choice = np.asarray([each for _, each in bounds])
        halves = parts.halves(self.structure, self.relaxed.domains, boxes, choice)
        # A half's own bound may be looser than that of the whole for its lines are others; the lowest of all is safe.
        self.add(halves, np.full(len(halves), min(low for low, _ in bounds)), row, bias)

    def found(self) -> Side:
        """Return what is known now."""
        lower = min(self.limit, self.stuck, self.waiting[0][0] if self.waiting else np.inf)
        return Side(lower, self.best, self.values, settled=lower >= self.limit)


_NONE: Final = np.empty(0, np.intp)
