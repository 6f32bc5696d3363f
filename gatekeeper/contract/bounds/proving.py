"""Bounds of a structure's outputs over a box, by what the predictor is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds import candidates as looking
from gatekeeper.contract.bounds import ensemble, evaluation, linear, links, nets
from gatekeeper.contract.bounds.box import Bound, Box, Value, Witness
from gatekeeper.contract.bounds.columns import Column
from gatekeeper.contract.bounds.document import Affine, Rising
from gatekeeper.contract.bounds.domains import Domain, Unbounded, domains
from gatekeeper.contract.bounds.ensemble import Goals, Raw
from gatekeeper.contract.bounds.structure import Linear, Net, Opaque, Structure, Trees

Numbers: TypeAlias = NDArray[np.float64]
BUDGET: Final = 2_000_000
"""Leaves, or units of a net, that are looked at."""
CLOSE: Final = 1e-9
"""A witness so close to a bound, in proportion, attains it."""
CLOSE_32: Final = 1e-5


def bound(
    structure: Structure, box: Box, budget: int = BUDGET, within: Mapping[str, tuple[float, float]] | None = None
) -> tuple[Bound, ...]:
    """Return what each output is at least and at most over a box.

    Args:
        structure: of the model.
        box: what each input may be.
        within: for outputs by name, between which numbers they are said to lie: the work ends when that is settled.
        budget: how much work may be done, in leaves or units that are looked at; the same for the same model and box
            on every machine. More never gives looser bounds.

    Raises:
        UsageError: the box does not say what an input of the model may be, or nothing of it is answered.
    """
    if isinstance(structure.predictor, Opaque):
        opaque = structure.predictor
        return _nothing(structure, f"none: {opaque.name}: {opaque.why}")
    try:
        found = domains(structure, box)
        raw = _raw(structure, found, _goals(structure, within or {}), budget)
    except Unbounded as why:
        return _nothing(structure, f"none: {why}")
    single = isinstance(structure.predictor, Trees | Net) and structure.predictor.single
    low, high = links.bounds(structure.links, raw.low, raw.high, links.UNIT_32 if single else links.UNIT)
    low, high = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
    given = evaluation.outputs(structure, _unrefused(raw.candidates.features(raw.points)))
    refused = tuple(each.name for each in found if each.refused)
    return tuple(
        _bound(structure, box, raw, (place, float(low[place]), float(high[place])), given[:, place], refused)
        for place in range(len(structure.outputs))
    )


def _unrefused(features: Numbers) -> Column:
    return Column(features, np.zeros(len(features), bool))


def _nothing(structure: Structure, method: str) -> tuple[Bound, ...]:
    names = structure.outputs or ("value",)
    return tuple(
        Bound(output=each, lower=-math.inf, upper=math.inf, lowest=None, highest=None, exact=False, method=method)
        for each in names
    )


def _goals(structure: Structure, within: Mapping[str, tuple[float, float]]) -> Goals:
    """Return what is asked about raw outputs, where each output follows one of them; else nothing is."""
    width = len(structure.outputs)
    low, high = np.full(width, -np.inf), np.full(width, np.inf)
    if all(isinstance(each, Affine | Rising) for each in structure.links):
        for place, name in enumerate(structure.outputs):
            if name in within:
                low[place] = _inverse(structure, within[name][0], 0)
                high[place] = _inverse(structure, within[name][1], 1)
    return Goals(low, high)


def _inverse(structure: Structure, asked: float, end: int) -> float:
    """Return the raw output nearest to what keeps a bound on the right side of `asked`, by bisection; else infinite."""
    single = isinstance(structure.predictor, Trees | Net) and structure.predictor.single
    sign = 1.0 if end == 0 else -1.0

    def kept(raw: float) -> bool:
        values = np.asarray([raw])
        with np.errstate(all="ignore"):
            ends = links.bounds(structure.links, values, values, links.UNIT_32 if single else links.UNIT)
        return bool(sign * ends[end][0] >= sign * asked)

    near, far = -sign * 1e300, sign * 1e300
    if not math.isfinite(asked) or kept(near) or not kept(far):
        return -sign * math.inf
    for _ in range(2200):
        middle = near / 2 + far / 2
        if middle in {near, far}:
            break
        near, far = (near, middle) if kept(middle) else (middle, far)
    return far


def _raw(structure: Structure, found: tuple[Domain, ...], goals: Goals, budget: int) -> Raw:
    match structure.known:
        case Linear() as predictor:
            return _linear(structure, predictor, found, budget)
        case Trees() as predictor:
            return ensemble.bounds(structure, predictor, found, goals, budget)
        case Net() as predictor:
            return _net(structure, predictor, found, goals, budget)


def _linear(structure: Structure, predictor: Linear, found: tuple[Domain, ...], budget: int) -> Raw:
    low, high = linear.bounds(predictor, found)
    numbers = [np.empty(0) if each.ends is None else np.asarray(each.ends) for each in found]
    ends = looking.at(structure, found, numbers)
    points = [linear.corner(predictor, found, output, sign) for output in range(len(low)) for sign in (1.0, -1.0)]
    method = "a sum over inputs, each at its end"
    return Raw(low, high, ends, _shared(structure, ends, np.asarray(points), budget), method)


def _net(structure: Structure, predictor: Net, found: tuple[Domain, ...], goals: Goals, budget: int) -> Raw:
    if (units := nets.widest(predictor, len(structure.features))) > nets.MOST_UNITS:
        raise Unbounded(f"a layer has {units:,} units, and bounds are found with up to {nets.MOST_UNITS:,}")
    outputs = len(evaluation.forward(predictor, np.zeros((1, len(structure.features))))[0])
    away = nets.slack(predictor, found, len(structure.features))
    low, high = np.empty(outputs), np.empty(outputs)
    values: list[list[Value]] = []
    complete = True
    for output in range(outputs):
        ends = []
        for sign, asked in ((1.0, goals.low[output]), (-1.0, -goals.high[output])):
            # What is asked, and beyond it what rounding may take away.
            goal = asked + away[output] * (1 + 1e-12) + 1e-12 * abs(asked) if np.isfinite(asked) else np.inf
            side = nets.least(structure, predictor, found, (output, sign), budget // (2 * outputs), goal)
            ends.append(side.lower)
            values.append(list(side.values))
            complete &= side.settled
        low[output], high[output] = ends[0] - away[output], away[output] - ends[1]
    looked = looking.listed(structure, found, values)
    points = np.arange(len(values))[:, None].repeat(len(found), axis=1)
    method = "linear relaxation of the net, parts of the box split " + (
        "to the end" if complete else "within the budget"
    )
    return Raw(low, high, looked, points, method)


def _shared(structure: Structure, ends: looking.Candidates, points: looking.Points, budget: int) -> looking.Points:
    """Add records that are extreme for outputs that depend on several raw outputs."""
    if len(structure.outputs) <= 2:
        return points
    found = list(points)
    for output in range(len(structure.outputs)):
        for sign in (1.0, -1.0):

            def objective(features: Numbers, output: int = output, sign: float = sign) -> Numbers:
                return sign * evaluation.outputs(structure, _unrefused(features))[:, output]

            rows = max(1, budget // (100 * len(points)))
            found.append(looking.search(ends, objective, rows, np.asarray(points))[0])
    return np.asarray(found)


def _bound(
    structure: Structure,
    box: Box,
    raw: Raw,
    at: tuple[int, float, float],
    given: Numbers,
    refused: tuple[str, ...],
) -> Bound:
    place, lower, upper = at
    lowest, highest = _witness(structure, box, raw, given, 1.0), _witness(structure, box, raw, given, -1.0)
    single = isinstance(structure.predictor, Trees | Net) and structure.predictor.single
    return Bound(
        output=structure.outputs[place],
        lower=lower,
        upper=upper,
        lowest=lowest,
        highest=highest,
        exact=_meets(lower, lowest, single=single) and _meets(upper, highest, single=single),
        method=raw.method,
        refused=refused,
    )


def _witness(structure: Structure, box: Box, raw: Raw, given: Numbers, sign: float) -> Witness | None:
    answered = np.flatnonzero(~np.isnan(given))
    if not len(answered):
        return None
    place = int(answered[np.argmin(sign * given[answered])])
    record = raw.candidates.record(raw.points[place].tolist(), structure, box)
    return Witness(record=record, value=float(given[place]))


def _meets(end: float, witness: Witness | None, *, single: bool) -> bool:
    close = CLOSE_32 if single else CLOSE
    return witness is not None and abs(witness.value - end) <= close * max(abs(end), abs(witness.value), close)
