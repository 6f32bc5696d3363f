"""What a baseline says (`gatekeeper/baseline@1`): plain frozen data, counts and no rows.

Numbers of a column that is integer stay integers, however large. Where a value can't be told (the mean of nothing),
it is None, never NaN.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct

SCHEMA: Final = "gatekeeper/baseline@1"

Number: TypeAlias = int | float
Count: TypeAlias = Annotated[int, Meta(ge=0)]
Sha256: TypeAlias = Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
Day: TypeAlias = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Kind(enum.StrEnum):
    """What the values of a column are, and so what is counted of them."""

    REAL = "real"
    INTEGER = "integer"
    DATETIME = "datetime"
    """Points in time, as microseconds since 1970 in UTC."""
    BOOLEAN = "boolean"
    CATEGORY = "category"
    TEXT = "text"
    """Text that hardly repeats: its length in characters is counted, and no word of it is kept."""

    @property
    def measured(self) -> bool:
        """Whether the values have an order and a distance, so that they are counted on a grid."""
        return self in {Kind.REAL, Kind.INTEGER, Kind.DATETIME, Kind.TEXT}


class UnknownPolicy(enum.StrEnum):
    """What the service does with a category that the training never saw."""

    REJECT = "reject"
    DEFAULT = "default"
    OTHER = "other"


class Grid(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many values lie where: `le[i]` are at most `edges[i]`, `lt[i]` are below it. Exact, on any number of rows.

    The first edge is the smallest value and the last one the largest, unless the edges are those of another baseline.
    `complete` says that every value is an edge.
    """

    edges: tuple[Number, ...]
    le: tuple[Count, ...]
    lt: tuple[Count, ...]
    complete: bool


class Other(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The categories that are not named: how many values, and how many distinct ones."""

    count: Count
    distinct: Count


class Categories(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How often each category is there, most frequent first. One with fewer than `k` values is among the others."""

    values: dict[str, Count]
    other: Other
    unknown: UnknownPolicy | None = None


class Repeated(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The value that is there most often, if it is told (at least `k` times).

    In a baseline no value is there more than `count` times; in other data this one is there at least so often.
    """

    value: Number | None
    count: Count


class Spans(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How far each block of the training data lies from all the others: one number a block, rounded up.

    `distribution`, `shift` and `spread` are those of `gatekeeper.contract.baseline.measures`; the others are the
    largest of all blocks. `dispersion` says how much more the blocks differ than independent rows would (1: no more).
    """

    distribution: tuple[float, ...]
    shift: tuple[float, ...]
    spread: tuple[float, ...]
    dispersion: float
    missing: float
    unseen: float


class Feature(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One column of the training data.

    Attributes:
        dtype: as the data had it, for people.
        range_only: it follows the calendar or grows for ever: no stretch looks like the whole, and what is watched of
            it is whether its values are there and in range.
        n: the finite values; `n + missing + nan + infinite` are all rows.
        missing: nulls and empty fields; `nan` are floats that are no number.
        mean: of the finite values; for text, of the lengths.
        std: their standard deviation, with n - 1.
        distinct: how many distinct values there are; None for more than are counted.
        grid: for what is measured.
        categories: for categories and booleans.
        spans: how far the blocks lie apart, where there are blocks.
    """

    name: str
    kind: Kind
    dtype: str
    unit: str | None = None
    range_only: bool = False
    n: Count
    missing: Count
    nan: Count
    infinite: Count
    zero: Count | None
    negative: Count | None
    mean: float | None
    std: float | None
    min: Number | None
    max: Number | None
    distinct: Count | None
    repeated: Repeated | None = None
    grid: Grid | None = None
    categories: Categories | None = None
    spans: Spans | None = None

    @property
    def rows(self) -> int:
        """All rows that were counted."""
        return self.n + self.missing + self.nan + self.infinite


class Named(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file, or what was given in its place, and the sha256 of its bytes."""

    name: str
    sha256: Sha256


class Data(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was counted: `columns` are all that the data has, in its order; `ignored` those that were left out."""

    name: str
    sha256: Sha256
    rows: Count
    columns: tuple[str, ...]
    ignored: tuple[str, ...]


class Time(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When the rows are from, by the column `column`; days are those of UTC.

    `months` maps each month of the calendar that is there (1 to 12) to its rows, `weekdays` likewise (1 is Monday).
    `longest_gap` is the longest stretch, in days, without a row between two that have one.
    """

    column: str
    start: Day
    end: Day
    months: dict[str, Count]
    weekdays: dict[str, Count]
    longest_gap: Count
    missing: Count


class Blocks(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The consecutive pieces that the training data was held against itself in.

    Attributes:
        by: rows in their order, or time.
        days: the length of a block by time; for the others None.
        rows: how many each has.
    """

    by: Literal["rows", "time"]
    days: Annotated[int, Meta(ge=1)] | None = None
    rows: tuple[Count, ...]


class Pair(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Two columns and how they go together, on `n` rows taken evenly from the data."""

    a: str
    b: str
    pearson: Annotated[float, Meta(ge=-1, le=1)]
    spearman: Annotated[float, Meta(ge=-1, le=1)]
    n: Count


class Baseline(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The distribution of the training data, bound to the model that was made from it.

    Attributes:
        generator: the version of gatekeeper that wrote it.
        k: categories with fewer values are not named.
        features: in the order in which the model takes them.
    """

    schema: Literal["gatekeeper/baseline@1"]
    generator: str
    data: Data
    artifact: Named | None
    lock: Named | None
    k: Annotated[int, Meta(ge=1)]
    time: Time | None
    blocks: Blocks | None
    features: tuple[Feature, ...]
    target: Feature | None
    predictions: Feature | None
    confidence: Feature | None
    pairs: tuple[Pair, ...]

    @property
    def columns(self) -> tuple[Feature, ...]:
        """Every column that is described: the features, then what the model was to give and gave."""
        others = (self.target, self.predictions, self.confidence)
        return (*self.features, *(each for each in others if each is not None))
