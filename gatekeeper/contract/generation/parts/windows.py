"""The conditions that look at a window: what was counted until now, less what had been counted when it began."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import accumulate

from gatekeeper.contract.generation.parts.counting import Feature, Records

PIECES = 60
"""A window is so exact: it may begin one of these pieces early."""
TICK = 1.0
"""Seconds between two judgements."""


class Window:
    """One condition on the records of the last `seconds`.

    Attributes:
        read: what has been counted until now; the first number is how many there are, of which `at_least` are needed.
        measure: the share or the distance of such counts.
        limit: what it may be at most; with `opposite`, what it must be above.
        tripped: the last judgement.
    """

    def __init__(  # each keyword is one part of the condition
        self,
        read: Callable[[], Sequence[int]],
        measure: Callable[[Sequence[int]], float],
        *,
        seconds: float,
        limit: float,
        at_least: int,
        opposite: bool = False,
    ) -> None:
        self.read, self.measure = read, measure
        self.seconds, self.limit, self.at_least, self.opposite = seconds, limit, at_least, opposite
        self.tripped = False
        self._kept: deque[tuple[float, Sequence[int]]] = deque([(float("-inf"), read())])

    def keep(self, last: float) -> None:
        """Remember what had been counted at the time of the last record; call it before the next one is counted."""
        before = self._kept[-1][0]
        if last - before >= self.seconds / PIECES:
            self._kept.append((last, self.read()))

    def judge(self, now: float) -> None:
        """Judge the records since the window began. NaN is no measure that is safe."""
        begin = now - self.seconds
        while len(self._kept) > 1 and self._kept[1][0] <= begin:
            self._kept.popleft()
        counted = [after - before for after, before in zip(self.read(), self._kept[0][1], strict=True)]
        if counted[0] < self.at_least:
            self.tripped = False
            return
        value = self.measure(counted)
        self.tripped = not (value > self.limit if self.opposite else value <= self.limit)


class Windows:
    """All of a guard's windows, judged at most once a second."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self.windows = tuple(windows)
        self.tripped = tuple(False for _ in self.windows)
        self._judged = self._last = float("-inf")

    def before(self, now: float) -> None:
        """Call it before a record is counted."""
        if now - self._judged >= TICK and self._last > float("-inf"):
            for window in self.windows:
                window.keep(self._last)

    def after(self, now: float) -> None:
        """Call it when a record has been counted."""
        self._last = now
        if now - self._judged >= TICK:
            self._judged = now
            for window in self.windows:
                window.judge(now)
            self.tripped = tuple(window.tripped for window in self.windows)


def rate(records: Records, feature: Feature, what: str) -> Callable[[], Sequence[int]]:
    """Return what reads all records, and those of which a feature counts `what`: missing, outside or unseen."""
    return lambda: (records.count, getattr(feature, what))


def cells_of(feature: Feature) -> Callable[[], Sequence[int]]:
    """Return what reads all numbers of a feature, and those in each cell."""

    def read() -> Sequence[int]:
        counts = tuple(feature.histogram.cells) if feature.histogram is not None else ()
        return (sum(counts), *counts)

    return read


def categories_of(feature: Feature) -> Callable[[], Sequence[int]]:
    """Return what reads all texts, and those of each category."""

    def read() -> Sequence[int]:
        counts = tuple((feature.categories or {}).values())
        return (sum(counts), *counts)

    return read


def share(counted: Sequence[int]) -> float:
    """Return the second number as a share of the first."""
    return counted[1] / counted[0]


def kolmogorov_smirnov(labels: Sequence[str], trained: Sequence[tuple[str, int]]) -> Callable[[Sequence[int]], float]:
    """Return what measures the distance of a histogram's cells from the training data, at the edges of that.

    Args:
        labels: `le` of each cell but the last, which is +Inf.
        trained: `le` and count up to there; the last one is +Inf.
    """
    n = trained[-1][1]
    reference = [((*labels, "+Inf").index(le), count / n) for le, count in trained]

    def distance(counted: Sequence[int]) -> float:
        running = list(accumulate(counted[1:]))
        return max(abs(running[place] / counted[0] - expected) for place, expected in reference)

    return distance


def total_variation(trained: Sequence[int]) -> Callable[[Sequence[int]], float]:
    """Return what measures the distance of categories from the training data, both in the same order."""
    n = sum(trained)

    def distance(counted: Sequence[int]) -> float:
        return sum(abs(a / counted[0] - b / n) for a, b in zip(counted[1:], trained, strict=True)) / 2

    return distance
