"""What was counted so far in one column of numbers."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.artifact.facts import Statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of some numbers, and their range; see `gatekeeper.artifact.facts.Statistics` for each.

    `first` counts elements from the first of these.
    """

    count: int = 0
    nan: int = 0
    infinite: int = 0
    first: int | None = None
    minimum: float | int | None = None
    maximum: float | int | None = None
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
            minimum=min((each for each in (self.minimum, other.minimum) if each is not None), default=None),
            maximum=max((each for each in (self.maximum, other.maximum) if each is not None), default=None),
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
