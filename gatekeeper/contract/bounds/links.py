"""From raw outputs to outputs: on numbers, and on bounds of them.

Each link is increasing in its own raw output; shares fall in the others. So bounds of all raw outputs give bounds of
each output. An elementary function of a library is taken to be right to 8 units in the last place, a share of a few
dozen to 64 and one more for each term; the bounds are widened by that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds.document import Affine, Link, Pair, Rising, Shares, Softmax

Numbers: TypeAlias = NDArray[np.float64]
UNIT: Final = 2.0**-53
UNIT_32: Final = 2.0**-24
TINY: Final = 2.0**-1000
"""Added to what is widened in proportion: below it numbers lose digits."""


def linked(links: Sequence[Link], values: Numbers) -> Numbers:
    """Return the outputs for rows of raw outputs."""
    for link in links:
        match link:
            case Affine():
                values = values * link.factor + link.shift
            case Rising():
                values = rising(link.name, values)
            case Pair():
                share = expit(values)
                values = np.concatenate([1.0 - share, share], axis=1)
            case Softmax():
                values = np.exp(values - values.max(axis=1, keepdims=True))
                values = values / values.sum(axis=1, keepdims=True)
            case Shares():
                values = expit(values)
                values = values / values.sum(axis=1, keepdims=True)
    return values


def rising(name: str, values: Numbers) -> Numbers:
    """Return an increasing function of numpy, or `expit`."""
    return expit(values) if name == "expit" else np.asarray(getattr(np, name)(values))


def expit(values: Numbers) -> Numbers:
    """Return `1 / (1 + exp(-x))` without overflow."""
    return np.asarray(np.exp(-np.logaddexp(0.0, -values)))


def bounds(links: Sequence[Link], low: Numbers, high: Numbers, unit: float = UNIT) -> tuple[Numbers, Numbers]:
    """Return bounds of the outputs from those of the raw outputs; `unit` is the library's rounding."""
    for link in links:
        match link:
            case Affine():
                low, high = _widened(low * link.factor + link.shift, high * link.factor + link.shift, 8 * UNIT)
                slack = 4 * UNIT * np.maximum(np.abs(low), np.abs(high)) + 4 * UNIT * abs(link.shift)
                low, high = low - slack, high + slack
            case Rising():
                low, high = _rising(link.name, low, high, unit)
            case Pair():
                low, high = _shares(expit(low), expit(high), 8, unit)
                # The other share is one less it: off by a unit of one, however small it is.
                other = np.maximum(1.0 - high - 4 * unit, 0.0), np.minimum(1.0 - low + 4 * unit, 1.0)
                low, high = np.concatenate([other[0], low]), np.concatenate([other[1], high])
            case Softmax():
                low, high = _softmax(low, high, unit)
            case Shares():
                low, high = expit(low), expit(high)
                total_low, total_high = low.sum(), high.sum()
                low, high = _shares(low / (low + total_high - high), high / (high + total_low - low), len(low), unit)
    return low, high


def _rising(name: str, low: Numbers, high: Numbers, unit: float) -> tuple[Numbers, Numbers]:
    low, high = rising(name, low), rising(name, high)
    # Not defined below some number: nothing is known there.
    low = np.where(np.isnan(low), -np.inf, low)
    high = np.where(np.isnan(high), np.inf, high)
    low, high = _widened(low, high, 8 * unit)
    if name in {"exp", "exp2", "expit", "sqrt"}:
        low = np.maximum(low, 0.0)
    return low, np.minimum(high, 1.0) if name == "expit" else high


def _widened(low: Numbers, high: Numbers, share: float) -> tuple[Numbers, Numbers]:
    return low - (np.abs(low) * share + TINY), high + (np.abs(high) * share + TINY)


def _shares(low: Numbers, high: Numbers, terms: int, unit: float) -> tuple[Numbers, Numbers]:
    low, high = _widened(low, high, (64 + terms) * unit)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def _softmax(low: Numbers, high: Numbers, unit: float) -> tuple[Numbers, Numbers]:
    """Return bounds of shares: one's own score at one end, all others at the other end."""
    # The scores are shifted before they are exponentials: an error of their size in units, in proportion.
    size = float(np.max(np.abs(np.concatenate([low, high])))) if np.isfinite([low, high]).all() else np.inf
    found_low, found_high = np.zeros(len(low)), np.ones(len(low))
    if not np.isfinite(size):
        return found_low, found_high
    for place in range(len(low)):
        for found, own, others in ((found_low, low, high), (found_high, high, low)):
            mixed = others.copy()
            mixed[place] = own[place]
            shares = np.exp(mixed - mixed.max())
            found[place] = shares[place] / shares.sum()
    return _shares(found_low, found_high, len(low) + int(min(4 * size, 1e6)), unit)
