"""Which rows of a lock do not pin one file each: loose versions, missing or weak hashes, two rows for one name."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatekeeper.environment.comparison.tiers import is_identified
from gatekeeper.environment.facts import Row, Source
from gatekeeper.environment.identity import package_json

STRONG_ALGORITHMS = frozenset({"sha256", "sha384", "sha512"})
"""What pip takes for `--require-hashes`."""

_CHANGEABLE = frozenset({Source.PATH, Source.EDITABLE})


class Slack(enum.StrEnum):
    """What a row leaves open."""

    UNPINNED = "has no exact version"
    UNHASHED = "has no hash"
    WEAK_HASH = "is hashed by an algorithm that can be forged"
    CHANGEABLE = "comes from a place whose content can change"
    DUPLICATE = "stands there twice with different content"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoosePin:
    """A row, and what it leaves open."""

    slack: Slack
    row: Row


def loose_pins(rows: Sequence[Row]) -> tuple[LoosePin, ...]:
    """Return what the rows of a lock leave open, in their order. Rows of an inventory pin nothing: don't ask for them.

    Args:
        rows: Those that a target installs, see `gatekeeper.environment.projection.project`.
    """
    first: dict[str, str] = {}
    loose: list[LoosePin] = []
    for row in rows:
        loose += [LoosePin(slack=slack, row=row) for slack in _slack(row)]
        if row.name and first.setdefault(row.name, package_json(row)) != package_json(row):
            loose.append(LoosePin(slack=Slack.DUPLICATE, row=row))
    return tuple(loose)


def _slack(row: Row) -> Iterator[Slack]:
    if row.source in _CHANGEABLE or (row.source is Source.VCS and not is_identified(row)):
        yield Slack.CHANGEABLE
        return
    if row.source in {Source.INDEX, Source.CONDA} and row.version is None:
        yield Slack.UNPINNED
    if not is_identified(row):
        yield Slack.UNHASHED
    elif any(each.algorithm not in STRONG_ALGORITHMS for each in row.hashes):
        yield Slack.WEAK_HASH
