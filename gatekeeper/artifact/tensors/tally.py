"""What was counted so far in one column of numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from gatekeeper.artifact.facts import Statistics

Limit: TypeAlias = float | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of some numbers, and their range; see `gatekeeper.artifact.facts.Statistics` for each.

    `first` counts elements from the first of these.
    """

    count: int = 0
    nan: int = 0
    infinite: int = 0
    first: int | None = None
    minimum: Limit = None
    maximum: Limit = None
    denormal: int = 0

    def followed_by(self, other: Tally, elements: int) -> Tally:
        """Return the tally of both, where `other` is of the elements that come after the first `elements`."""
        first = self.first
        if first is None and other.first is not None:
            first = elements + other.first
        return Tally(
            count=self.count + other.count,
            nan=self.nan + other.nan,
            infinite=self.infinite + other.infinite,
            first=first,
            minimum=_chosen(min, self.minimum, other.minimum),
            maximum=_chosen(max, self.maximum, other.maximum),
            denormal=self.denormal + other.denormal,
        )

    def statistics(self, field: str) -> Statistics:
        """Return the tally as facts of a field."""
        return Statistics(
            field=field,
            count=self.count,
            nan=self.nan,
            infinite=self.infinite,
            first=self.first,
            minimum=self.minimum,
            maximum=self.maximum,
            denormal=self.denormal,
        )


def _chosen(choose: Callable[[float, float], float], one: Limit, other: Limit) -> Limit:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)
