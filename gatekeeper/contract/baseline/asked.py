"""What is known of training data beside itself, and whether the data has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gatekeeper.contract.baseline.facts import Baseline, Named, UnknownPolicy
from gatekeeper.contract.tables.columns import Field, Table
from gatekeeper.errors import Unreadable, UsageError

FEWEST_ROWS = 20
"""Fewer are no distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known of the data beside itself.

    Attributes:
        target: the column that the model learned; no feature. Likewise `predictions` and `confidence`.
        time: the column that says when a row is from; no feature.
        ignored: columns that are left out.
        range_only: features of which only the range is watched.
        units: names of columns to their units.
        unknown: what the service does with an unknown category, by column.
        k: how often a category must be there to be named.
        blocks: by what the data is held against itself: `auto` is time where there is a time column, else rows.
        like: a baseline whose edges and categories are taken, so that the two can be merged.
    """

    target: str | None = None
    predictions: str | None = None
    confidence: str | None = None
    time: str | None = None
    ignored: tuple[str, ...] = ()
    range_only: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, UnknownPolicy] = field(default_factory=dict)
    k: int = 10
    blocks: str = "auto"
    like: Baseline | None = None
    artifact: Named | None = None
    lock: Named | None = None
    generator: str = "gatekeeper"


def check(table: Table, asked: Asked) -> None:
    """Refuse names that are no columns, and data that is too short."""
    roles: dict[str, str | None] = {
        "--target": asked.target,
        "--predictions": asked.predictions,
        "--confidence": asked.confidence,
        "--time": asked.time,
    }
    lists = {
        "--ignore": asked.ignored,
        "--range-only": asked.range_only,
        "--unit": asked.units,
        "--unknown": asked.unknown,
    }
    named = [(option, name) for option, name in roles.items() if name is not None]
    named += [(option, name) for option, names in lists.items() for name in names]
    for option, name in named:
        if name not in table.columns:
            what = f"{option}: {table.name} has no column {name!r}"
            raise UsageError(what, fix=f"its columns are: {_listed(table.columns)}")
    once: dict[str, str] = {}
    for option, column in roles.items():
        if column is not None and once.setdefault(column, option) != option:
            raise UsageError(f"{once[column]} and {option} both name {column!r}", fix="name two columns")
    if (table.rows or 0) < FEWEST_ROWS:
        what = (
            f"{table.name} has {table.rows or 0} row{'' if table.rows == 1 else 's'}, expected at least {FEWEST_ROWS}"
        )
        raise Unreadable(what, fix="give all of the data that the model was trained on")
    if not features_of(list(table.fields), asked):
        raise UsageError(
            f"no column of {table.name} is left for a feature", fix="name fewer columns for other purposes"
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:20])) + (f", and {len(names) - 20} more" if len(names) > 20 else "")


def features_of(fields: Sequence[Field], asked: Asked) -> list[str]:
    """Return the names of the columns that are features, in their order."""
    others = {asked.target, asked.predictions, asked.confidence, asked.time}
    return [each.name for each in fields if each.name not in others]
