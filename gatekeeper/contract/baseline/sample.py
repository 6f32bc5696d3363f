"""Other data, counted on the scale of a baseline: what is compared with it."""

from __future__ import annotations

from msgspec import Struct

from gatekeeper.contract.baseline.facts import Repeated


class Sample(Struct, frozen=True, kw_only=True):
    """One column of other data.

    Attributes:
        n: the finite values of the baseline's kind; `n + missing + nan + infinite + mistyped` are all rows.
        mistyped: values of another kind: text where numbers are expected.
        le: how many values are at most each edge of the baseline's grid.
        lt: how many are below it.
        categories: how often each category of the baseline is there.
        unlisted: how many values are of no category that the baseline names.
        examples: the most frequent of these.
        repeated: the most frequent value and a lower bound of its count.
    """

    name: str
    n: int
    missing: int = 0
    nan: int = 0
    infinite: int = 0
    mistyped: int = 0
    le: tuple[int, ...] = ()
    lt: tuple[int, ...] = ()
    categories: dict[str, int] = {}
    unlisted: int = 0
    examples: tuple[str, ...] = ()
    repeated: Repeated | None = None

    @property
    def rows(self) -> int:
        """All rows that were counted."""
        return self.n + self.missing + self.nan + self.infinite + self.mistyped

    @property
    def unusable(self) -> int:
        """The rows without a value of the baseline's kind; infinite ones are counted apart."""
        return self.missing + self.nan + self.mistyped
