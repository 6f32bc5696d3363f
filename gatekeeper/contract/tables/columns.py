"""A stretch of rows, column by column: numbers as arrays, words as codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from gatekeeper.contract.baseline.facts import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH_ROWS = 1 << 14
"""Rows that are looked at together: all columns of them fit into the cache of a core, and sorting them costs less."""
_MOST_VALUES = 1 << 24
_FEWEST_ROWS = 1 << 10


def rows_together(columns: int) -> int:
    """Return how many rows are read together of so many columns; the same for every format, so are all its facts."""
    return max(_FEWEST_ROWS, min(BATCH_ROWS, _MOST_VALUES // max(1, columns)))


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Integers, floats, or microseconds since 1970; where `valid` is false there is no value. None: all are there."""

    values: NDArray[np.generic]
    valid: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Text or booleans: an index into `words` for each row, -1 where there is none."""

    codes: NDArray[np.int32]
    words: Sequence[str]


Column: TypeAlias = Numbers | Words


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """So many rows of the columns that were asked for, in that order. `mistyped` counts by column what could not be."""

    rows: int
    columns: tuple[Column, ...]
    mistyped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of a table: `kind` is `TEXT` for every text, until its words are counted.

    Where `only_text` is set, numbers in place of texts are counted as mistyped. `plain` says of a column of a text file
    that every field is a number of its type as it is written.
    """

    name: str
    kind: Kind
    dtype: str
    only_text: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is known of the columns before they are read.

    Attributes:
        ignored: columns that are not read.
        only: those that are read, whatever else there is; None for all.
        kinds: what a column is to be taken as, whatever it looks like. A value that is not is counted as mistyped.
            Of `TEXT`, numbers are labels, and each is written in one way (1 for 1.0); a `CATEGORY` is taken as it is.
        texts: columns of text in which numbers are mistyped.
    """

    ignored: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()

    def takes(self, name: str) -> bool:
        """Return whether a column is read."""
        return name not in self.ignored and (self.only is None or name in self.only)


EVERYTHING = Selection()


class Table(Protocol):
    """Data that can be read from its first row to its last, more than once.

    Attributes:
        name: what people call it: the name of the file.
        fields: its columns that are read, in its order; each name once.
        columns: the names of all its columns.
        rows: how many there are, None where that is known after reading alone.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - see the class
    @property
    def fields(self) -> tuple[Field, ...]: ...  # noqa: D102
    @property
    def columns(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def rows(self) -> int | None: ...  # noqa: D102

    def batches(self, names: Sequence[str]) -> Iterator[Batch]:
        """Yield the rows in their order, with the columns `names`. Raise `Unreadable` where a row can't be read."""
        ...

    def sha256(self) -> str:
        """Return `sha256:<hex>` of the file's bytes, or of the values and their types where there is no file."""
        ...
