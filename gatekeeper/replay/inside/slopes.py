"""Whether a number grows while requests are answered: by how much each, and whether it stops.

The rate is the Theil-Sen slope, the median of the slopes of all pairs of samples (Sen 1968): up to 29 samples in 100
may be anything without moving it far. The exact signals are integers, so there is no test of significance beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

RATE = 0.05
"""Things a request; slower growth is not told from none in 200 requests."""
_MAX_POINTS = 60
_OFTEN = 0.6
"""What grows now and then, by the clock and not by requests, as a window of minutes does, rises in fewer spans."""
_LAST = 3
_STILL = 0.2
"""How much of the rate the end must have, to be growth that did not stop."""


class Growth(NamedTuple):
    """How a number went.

    Attributes:
        rate: a request.
        rose: from the first sample to the last.
        often: in which share of the spans between two samples it rose.
        to_the_end: whether it rose in every quarter, and still did when the requests were over.
        until: after how many requests it had its last rise.
    """

    rate: float
    rose: float
    often: float
    to_the_end: bool
    until: int

    @property
    def goes_on(self) -> bool:
        """Whether it grew and did not stop."""
        return self.to_the_end and self.rate > RATE and self.often >= _OFTEN


def theil_sen(at: Sequence[float], values: Sequence[float]) -> float:
    """Return the median slope of all pairs; 0.0 where there are none. Of many samples, 60 that are evenly spread."""
    every = -(-len(at) // _MAX_POINTS) or 1
    points = [(at[i], values[i]) for i in range(len(at) - 1, -1, -every)]
    slopes = sorted(
        (y1 - y0) / (x1 - x0) for i, (x1, y1) in enumerate(points) for x0, y0 in points[i + 1 :] if x1 != x0
    )
    if not slopes:
        return 0.0
    middle = len(slopes) // 2
    return slopes[middle] if len(slopes) % 2 else (slopes[middle - 1] + slopes[middle]) / 2


def growth(at: Sequence[int], values: Sequence[int]) -> Growth:
    """Return how a number went that was sampled after `at` requests."""
    rate, last = theil_sen(at, values), len(at) - 1
    if last < 1:
        return Growth(rate, 0, 0, to_the_end=False, until=0)
    rises = [i for i in range(1, last + 1) if values[i] > values[i - 1]]
    marks = [round(last * quarter / 4) for quarter in range(5)]
    in_all = all(values[marks[i + 1]] > values[marks[i]] for i in range(4) if marks[i + 1] > marks[i])
    before = max(0, last - _LAST)
    ends = values[last] - values[before] > max(0.0, _STILL * rate * (at[last] - at[before]))
    peak = max(range(last + 1), key=lambda i: (values[i], -i))
    return Growth(rate, values[last] - values[0], len(rises) / last, to_the_end=in_all and ends, until=at[peak] - at[0])
