"""What a model can give at most and at least, proved from its structure; never by running it.

    from gatekeeper.contract import bounds

    structure = bounds.read(description, arrays)          # what `gatekeeper.replay.inside.structure.describe` gave
    bounds.evaluate(structure, {"sqft": [70, 85], ...})   # hold this against the model's own predictions first
    box = bounds.Box({"sqft": bounds.Interval(low=5, high=900), "region": bounds.Categories(values=("north", "east"))})
    for each in bounds.bound(structure, box):
        each.output, each.lower, each.upper, each.lowest, each.highest
    bounds.monotone(structure, box, "sqft", "increasing")

A bound is proved for the structure, in floating point, whatever the order in which a library adds. That the structure
is the model is shown by its predictions alone: where `evaluate` and the model differ, nothing is proved.

numpy is imported when one of the functions is called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gatekeeper.contract.bounds.box import (
    Bound,
    Box,
    Categories,
    Direction,
    Interval,
    Monotone,
    Record,
    Standing,
    Value,
    Witness,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatekeeper.contract.bounds.structure import Structure

__all__ = [
    "Bound",
    "Box",
    "Categories",
    "Direction",
    "Interval",
    "Monotone",
    "Record",
    "Standing",
    "Value",
    "Witness",
    "bound",
    "evaluate",
    "monotone",
    "read",
]


def read(description: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Structure:
    """Return the structure that a document and its arrays describe; they are taken for hostile.

    Raises:
        Unreadable: something in it is not what it must be.
    """
    from gatekeeper.contract.bounds import reading

    return reading.read(description, arrays)


def evaluate(structure: Structure, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> NDArray[np.float64]:
    """Return what the structure gives (records x outputs); NaN where the library would raise.

    Args:
        structure: of the model.
        columns: the values of each input by its name; None or NaN where one is missing.

    Raises:
        UsageError: an input is not there, columns differ in length, or the structure is opaque.
    """
    from gatekeeper.contract.bounds import evaluation

    return evaluation.evaluate(structure, columns)


def bound(
    structure: Structure,
    box: Box,
    budget: int | None = None,
    within: Mapping[str, tuple[float, float]] | None = None,
) -> tuple[Bound, ...]:
    """Return what each output is at least and at most over a box, with records that come near.

    Args:
        structure: of the model.
        box: what each input may be.
        budget: how much work may be done, in leaves or units that are looked at, so that the answer is the same on
            every machine; some two million are a second or two. More never gives looser bounds.
        within: for outputs by name, between which numbers they are said to lie: then the work ends when that is proved
            or refuted, and the bounds are as tight as that takes.

    Raises:
        UsageError: the box does not say what an input of the model may be, or nothing of it is answered.
    """
    from gatekeeper.contract.bounds import proving

    return proving.bound(structure, box, proving.BUDGET if budget is None else budget, within)


def monotone(
    structure: Structure, box: Box, feature: str, direction: Direction, budget: int | None = None
) -> tuple[Monotone, ...]:
    """Return, for each output, whether it never falls (or never rises) as a feature grows and all others stay.

    Raises:
        UsageError: the feature is no input with an interval, or the box does not say what an input may be.
    """
    from gatekeeper.contract.bounds import monotonicity, proving

    return monotonicity.monotone(structure, box, feature, direction, proving.BUDGET if budget is None else budget)
