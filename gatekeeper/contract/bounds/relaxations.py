"""Straight lines below and above an activation on an interval.

For a rectifier: the chord above, and below whichever of its two slopes loses less (Zhang et al., "Efficient neural
network robustness certification", NeurIPS 2018). A function that is convex on the interval lies below its chord and
above its tangents, a concave one the other way. Where a sigmoid or a hyperbolic tangent is neither, its slope is least
at an end; with that slope through the lower end it lies above the line, and through the upper end below it (Singh et
al., "Fast and effective robustness certification", NeurIPS 2018).

Each line is moved outward by a few units of rounding of its terms, so that it bounds in floating point too.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds.evaluation import activated
from gatekeeper.contract.bounds.links import UNIT
from gatekeeper.contract.bounds.structure import Layer

Numbers: TypeAlias = NDArray[np.float64]


class Lines(NamedTuple):
    """`below_slope * x + below <= f(x) <= above_slope * x + above` for all x of the interval."""

    below_slope: Numbers
    below: Numbers
    above_slope: Numbers
    above: Numbers


def lines(layer: Layer, low: Numbers, high: Numbers) -> Lines:
    """Return lines below and above an activation between `low` and `high`, unit by unit."""
    if layer.kind in {"relu", "leaky"}:
        found = _rectifier(layer.slope if layer.kind == "leaky" else 0.0, low, high)
    else:
        found = _smooth(layer, low, high)
    size = np.maximum(np.abs(low), np.abs(high)) + 1.0
    away = 16 * UNIT * (size + np.abs(found.below) + np.abs(found.above))
    return found._replace(below=found.below - away, above=found.above + away)


def _rectifier(slope: float, low: Numbers, high: Numbers) -> Lines:
    width = np.maximum(high - low, np.finfo(float).tiny)
    ends = np.where(low > 0, low, slope * low), np.where(high > 0, high, slope * high)
    chord = np.where(low >= 0, 1.0, np.where(high <= 0, slope, np.clip((ends[1] - ends[0]) / width, slope, 1.0)))
    # Through both ends, but for the rounding of the slope: the larger of the two.
    above = np.maximum(ends[0] - chord * low, ends[1] - chord * high)
    below_slope = np.where(low >= 0, 1.0, np.where(high <= 0, slope, np.where(high > -low, 1.0, slope)))
    return Lines(below_slope, np.zeros_like(low), chord, above)


def slopes(layer: Layer, at: Numbers) -> Numbers:
    """Return the slope of a smooth activation."""
    if layer.kind == "tanh":
        return np.asarray(1.0 - np.tanh(at) ** 2)
    sigmoid = np.exp(-np.logaddexp(0.0, -at))
    return np.asarray(sigmoid if layer.kind == "softplus" else sigmoid * (1.0 - sigmoid))


def _smooth(layer: Layer, low: Numbers, high: Numbers) -> Lines:
    ends = activated(layer, low), activated(layer, high)
    width = high - low
    steep = slopes(layer, low), slopes(layer, high)
    thin = width < 1e-9
    chord = np.where(thin, 0.0, (ends[1] - ends[0]) / np.where(thin, 1.0, width))
    middle = low + width / 2
    tangent, touched = slopes(layer, middle), activated(layer, middle)
    convex = np.ones_like(low, bool) if layer.kind == "softplus" else high <= 0.0
    concave = np.zeros_like(low, bool) if layer.kind == "softplus" else low >= 0.0
    least = np.minimum(*steep)
    # Each as (slope, offset): the chord on one side, the tangent on the other, or the least slope through an end.
    chord_above = np.maximum(ends[0] - chord * low, ends[1] - chord * high)
    chord_below = np.minimum(ends[0] - chord * low, ends[1] - chord * high)
    above = np.where(convex, chord_above, np.where(concave, touched - tangent * middle, ends[1] - least * high))
    above_slope = np.where(convex, chord, np.where(concave, tangent, least))
    below = np.where(convex, touched - tangent * middle, np.where(concave, chord_below, ends[0] - least * low))
    below_slope = np.where(convex, tangent, np.where(concave, chord, least))
    # Too thin for a chord: both ends, and nothing of a slope.
    return Lines(
        np.where(thin, 0.0, below_slope),
        np.where(thin, ends[0], below),
        np.where(thin, 0.0, above_slope),
        np.where(thin, ends[1], above),
    )
