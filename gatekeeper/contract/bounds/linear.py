"""Bounds of sums over features: exact input by input, for each feature is made of one input alone."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds.domains import Domain
from gatekeeper.contract.bounds.links import UNIT
from gatekeeper.contract.bounds.structure import Linear

Numbers: TypeAlias = NDArray[np.float64]


def least(domains: tuple[Domain, ...], weights: Numbers) -> Numbers:
    """Return a lower bound of `weights @ features` for each row of the weights.

    It is the least itself where no input has two features of an interval whose weights have different signs.
    """
    total = np.zeros(len(weights))
    for domain in domains:
        here = weights[:, domain.features]
        total += _of_input(domain, here)
    return total


def _of_input(domain: Domain, weights: Numbers) -> Numbers:
    found = np.full(len(weights), np.inf)
    if domain.ends is not None:
        with np.errstate(invalid="ignore"):
            ends = weights[:, None, :] * domain.image
        # A weight of nothing takes nothing, of an image without end too.
        found = np.where(weights == 0.0, 0.0, ends.min(axis=1)).sum(axis=1)
    if len(domain.table):
        found = np.minimum(found, (weights @ domain.table.T).min(axis=1))
    return np.asarray(found)


def magnitude(domains: tuple[Domain, ...], width: int) -> Numbers:
    """Return the largest absolute value of each feature."""
    found = np.zeros(width)
    for domain in domains:
        low, high = domain.hull
        found[domain.features] = np.maximum(np.abs(low), np.abs(high))
    return found


def bounds(linear: Linear, domains: tuple[Domain, ...]) -> tuple[Numbers, Numbers]:
    """Return bounds of the raw outputs.

    A library adds n products in an order that is not known, and so do we: each sum is off by at most n + 2 units of
    rounding of the sum of the absolute values (Higham 2002, section 3.1), so the bounds are moved outward by four times
    that.
    """
    low = least(domains, linear.weights) + linear.bias
    high = -least(domains, -linear.weights) + linear.bias
    size = np.abs(linear.weights) @ magnitude(domains, linear.weights.shape[1]) + np.abs(linear.bias)
    slack = 4 * (linear.weights.shape[1] + 4) * UNIT * size
    return low - slack, high + slack


def corner(linear: Linear, domains: tuple[Domain, ...], output: int, sign: float) -> list[int]:
    """Return which value of each domain (low end, high end, single ones) gives the least of `sign * output`."""
    found = []
    for domain in domains:
        rows = np.concatenate([domain.image, domain.table])
        found.append(int(np.argmin(sign * (rows @ linear.weights[output, domain.features]))))
    return found
