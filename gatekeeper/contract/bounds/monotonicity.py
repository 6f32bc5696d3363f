"""Whether an output never falls, or never rises, when one input grows and all others stay.

A proof is about the model's numbers as they are in exact arithmetic: where two sums differ by their rounding alone,
that is no fall. A refutation is two records of the box whose outputs differ by more than rounding, in the wrong
direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds import candidates as looking
from gatekeeper.contract.bounds import evaluation, monotone_nets, monotone_trees
from gatekeeper.contract.bounds.box import Box, Direction, Interval, Monotone, Standing, Witness
from gatekeeper.contract.bounds.candidates import Candidates
from gatekeeper.contract.bounds.columns import Column
from gatekeeper.contract.bounds.document import Pair, Shares, Softmax
from gatekeeper.contract.bounds.domains import Domain, Unbounded, domains
from gatekeeper.contract.bounds.nets import widest
from gatekeeper.contract.bounds.structure import Linear, Net, Opaque, Structure, Trees
from gatekeeper.errors import UsageError

Numbers: TypeAlias = NDArray[np.float64]
POINTS: Final = 256
"""Records from which the input is moved, to refute what is false before it is proved."""
WALKS: Final = 500_000
UNITS: Final = 50
"""Of a net's widest layer, that cost as much as a walk through a tree."""
FALL: Final = 1e-9
"""A fall by less, in proportion to the outputs, is taken for rounding."""
FALL_32: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two records that refute it, with their outputs."""

    before: Witness
    after: Witness


def monotone(structure: Structure, box: Box, feature: str, direction: Direction, budget: int) -> tuple[Monotone, ...]:
    """Return how it stands with each output; see the package."""
    _check(structure, box, feature)

    def all_of(standing: Standing, why: str) -> tuple[Monotone, ...]:
        return tuple(_result(each, feature, direction, (standing, why)) for each in structure.outputs or ("value",))

    if isinstance(structure.predictor, Opaque):
        return all_of("unknown", f"{structure.predictor.name}: {structure.predictor.why}")
    if feature not in {structure.inputs[each] for each in structure.used()}:
        return all_of("proved", "the model does not look at it")
    try:
        found = domains(structure, box)
    except Unbounded as why:
        return all_of("unknown", str(why))
    place = next(place for place, each in enumerate(found) if each.name == feature)
    if found[place].ends is None:
        return all_of("unknown", "the model looks at single values of it")
    sign = 1.0 if direction == "increasing" else -1.0
    return tuple(
        _output(structure, box, (found, place), (output, sign), (feature, direction, budget // len(structure.outputs)))
        for output in range(len(structure.outputs))
    )


def _check(structure: Structure, box: Box, feature: str) -> None:
    if feature not in structure.inputs:
        raise UsageError(f"the model has no input {feature!r}", fix=f"name one of: {', '.join(structure.inputs[:20])}")
    if not isinstance(box.inputs.get(feature), Interval):
        raise UsageError(f"{feature!r} is no interval: categories have no order", fix="name an input with an interval")


def _result(
    output: str, feature: str, direction: Direction, how: tuple[Standing, str], pair: Pairing | None = None
) -> Monotone:
    return Monotone(
        output=output,
        feature=feature,
        direction=direction,
        standing=how[0],
        method=how[1],
        before=None if pair is None else pair.before,
        after=None if pair is None else pair.after,
    )


def _output(
    structure: Structure,
    box: Box,
    where: tuple[tuple[Domain, ...], int],
    which: tuple[int, float],
    asked: tuple[str, Direction, int],
) -> Monotone:
    found, place = where
    output, sign = which
    feature, direction, budget = asked
    name = structure.outputs[output]
    ends = looking.spread(structure, found)
    refuted = _refuted(structure, box, ends, place, which)
    if refuted is not None:
        return _result(name, feature, direction, ("refuted", "found among records that were looked at"), refuted)
    raw = _raw_output(structure, output)
    if raw is None:
        return _result(name, feature, direction, ("unknown", "it is a share: it depends on all scores"))
    sign *= raw[1]
    match structure.known:
        case Linear() as linear:
            how = _linear(linear, found[place], raw[0], sign)
        case Trees() as trees:
            how, pair = monotone_trees.standing(structure, trees, where, (raw[0], sign), budget)
            if pair is not None:
                refuted = _pairing(structure, box, pair, output)
        case Net() as net:
            how = monotone_nets.standing(structure, net, where, (raw[0], sign), budget)
    return _result(name, feature, direction, how, refuted)


def _raw_output(structure: Structure, output: int) -> tuple[int, float] | None:
    """Return the raw output that an output follows, and in which direction; None if it depends on several."""
    if any(isinstance(each, Softmax | Shares) for each in structure.links):
        return None
    if any(isinstance(each, Pair) for each in structure.links):
        return 0, 1.0 if output == 1 else -1.0
    return output, 1.0


def _linear(linear: Linear, domain: Domain, output: int, sign: float) -> tuple[Standing, str]:
    # A feature that is the same at both ends does not move: a flag of what is missing.
    moves = domain.image[1] > domain.image[0]
    weights = sign * linear.weights[output, domain.features[moves]]
    if (weights >= 0).all():
        return "proved", "no weight has the other sign"
    return "unknown", "its features have weights of both signs"


def _refuted(structure: Structure, box: Box, ends: Candidates, place: int, which: tuple[int, float]) -> Pairing | None:
    """Look for two records that refute it: many records, the input at each of its values in turn."""
    output, sign = which
    numbers = len(ends.values[place]) - len(ends.domains[place].single)
    sizes = np.asarray([len(each) for each in ends.values])
    predictor = structure.known
    match predictor:
        case Trees():
            work = predictor.count
        case Net():
            work = 1 + widest(predictor, ends.width) // UNITS
        case Linear():
            work = 1
    rows = max(4, min(POINTS, WALKS // (work * numbers)))
    points = (np.random.default_rng(0).random((rows, len(sizes))) * sizes).astype(np.int64)
    varied = points.repeat(numbers, axis=0)
    varied[:, place] = np.tile(np.arange(numbers), rows)
    features = Column(ends.features(varied), np.zeros(len(varied), bool))
    given = evaluation.outputs(structure, features)[:, output].reshape(rows, numbers)
    steps = sign * np.diff(given, axis=1)
    single = isinstance(predictor, Trees | Net) and predictor.single
    size = np.nanmax(np.abs(given), initial=0.0)
    worst = np.where(np.isnan(steps), 0.0, steps)
    if worst.size == 0 or worst.min() >= -(FALL_32 if single else FALL) * size or worst.min() == 0.0:
        return None
    row, step = np.unravel_index(int(worst.argmin()), worst.shape)
    first = int(row) * numbers + int(step)
    pair = [
        Witness(record=ends.record(varied[each].tolist(), structure, box), value=float(given[row, at]))
        for each, at in ((first, int(step)), (first + 1, int(step) + 1))
    ]
    return Pairing(pair[0], pair[1])


def _pairing(structure: Structure, box: Box, pair: tuple[Candidates, list[int], list[int]], output: int) -> Pairing:
    ends, before, after = pair
    points = np.asarray([before, after])
    given = evaluation.outputs(structure, Column(ends.features(points), np.zeros(2, bool)))[:, output]
    records = [ends.record(each, structure, box) for each in (before, after)]
    return Pairing(Witness(record=records[0], value=float(given[0])), Witness(record=records[1], value=float(given[1])))
