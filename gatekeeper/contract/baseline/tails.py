"""Tail probabilities, in the standard library: what the decision needs must run where no scipy is.

Each returns a probability in [0, 1]; none returns NaN, because none is defined for anything but finite numbers.
"""

from __future__ import annotations

import math
from functools import lru_cache

_TERMS = 200
_PRECISION = 1e-15


def normal_two_sided(z: float) -> float:
    """Return P(|Z| >= |z|) of a standard normal Z."""
    return math.erfc(abs(z) / math.sqrt(2))


def normal_quantile(p: float) -> float:
    """Return the z with P(Z <= z) = p."""
    from statistics import NormalDist  # noqa: PLC0415 - its module imports half of the numbers of the library

    return NormalDist().inv_cdf(p)


def kolmogorov(distance: float, effective: float) -> float:
    """Return the probability that two samples of one distribution lie at least `distance` apart.

    The limit distribution of Kolmogorov and Smirnov with Stephens' correction for small samples (Stephens 1970,
    Journal of the Royal Statistical Society B 32). `effective` is n * m / (n + m). Ties make it too large, never too
    small.
    """
    root = math.sqrt(effective)
    x = (root + 0.12 + 0.11 / root) * distance
    if x < 0.3:  # below it the series converges slowly, and the probability is 1 to nine digits
        return 1.0
    total, sign = 0.0, 1.0
    for k in range(1, _TERMS):
        term = math.exp(-2.0 * k * k * x * x)
        total += sign * term
        sign = -sign
        if term < _PRECISION * max(total, _PRECISION):
            break
    return min(1.0, max(0.0, 2.0 * total))


def chi_square(value: float, degrees: int) -> float:
    """Return P(X >= value) of a chi-square with that many degrees of freedom: the regularised gamma function Q.

    The series below the mean and Lentz's continued fraction above it (Abramowitz and Stegun 6.5.29 and 6.5.31).
    """
    if value <= 0:
        return 1.0
    a, x = degrees / 2, value / 2
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    tail = 1.0 - scale * _gamma_series(a, x) if x < a + 1 else scale * _gamma_fraction(a, x)
    return min(1.0, max(0.0, tail))


def _gamma_series(a: float, x: float) -> float:
    term = total = 1.0 / a
    n = a
    while term > total * _PRECISION:
        n += 1
        term *= x / n
        total += term
    return total


def _gamma_fraction(a: float, x: float) -> float:
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    h = d
    for i in range(1, 10_000):
        an = -i * (i - a)
        b += 2
        d = an * d + b
        c = b + an / c
        d = 1 / (d if abs(d) > tiny else tiny)
        c = c if abs(c) > tiny else tiny
        h *= d * c
        if abs(d * c - 1) < _PRECISION:
            break
    return h


def student_quantile(p: float, degrees: int) -> float:
    """Return the t with P(T <= t) = p, to three digits for five degrees and more (Abramowitz and Stegun 26.7.5)."""
    z = normal_quantile(p)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / degrees + second / degrees**2 + third / degrees**3


@lru_cache(maxsize=256)
def chi_square_quantile(p: float, degrees: int) -> float:
    """Return the value that a chi-square stays below with probability `p`, by bisection."""
    low, high = 0.0, degrees + 10 * math.sqrt(2 * degrees) + 50
    for _ in range(80):
        middle = (low + high) / 2
        if chi_square(middle, degrees) > 1 - p:
            low = middle
        else:
            high = middle
    return high


def more_than_by_chance(here: int, rows: int, there: int, other_rows: int) -> float:
    """Return the probability of at least `here` among `rows`, if both samples have the property equally often.

    Fisher's exact test, one-sided: the tail of the hypergeometric distribution of `here` among all that have it.
    """
    marked, total = here + there, rows + other_rows
    if here * total <= rows * marked:  # not more than expected
        return 1.0
    log = _log_choose(marked, here) + _log_choose(total - marked, rows - here) - _log_choose(total, rows)
    term, tail = 1.0, 1.0
    for k in range(here, min(marked, rows)):
        term *= (marked - k) * (rows - k) / ((k + 1) * (total - marked - rows + k + 1))
        tail += term
        if term < tail * _PRECISION:
            break
    return min(1.0, math.exp(min(0.0, log + math.log(tail))))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
