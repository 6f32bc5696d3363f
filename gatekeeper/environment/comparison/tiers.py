"""Which evidence two environments can be compared by: files, records of what was installed, or versions alone."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.environment.facts import Lock, Row, Source, Tier
from gatekeeper.environment.urls import names_commit

_STRONGEST_FIRST = tuple(Tier)


def offered(lock: Lock, rows: Sequence[Row]) -> frozenset[Tier]:
    """Return what a side can be compared by.

    A lock counts as hashed even where rows have no hash: what is missing there is a difference, no reason to ask less.

    Args:
        lock: The lock or inventory.
        rows: Those of its rows that the target installs.
    """
    tiers = {Tier.VERSIONS}
    if not lock.format.is_inventory or any(row.hashes for row in rows):
        tiers.add(Tier.HASHES)
    if any(row.records for row in rows):
        tiers.add(Tier.RECORDS)
    return frozenset(tiers)


def is_identified(row: Row) -> bool:
    """Return whether the row names its content and not only a version: by a hash of each file, or by a full commit."""
    if row.unhashed:
        return False
    return bool(row.hashes) or (row.source is Source.VCS and names_commit(row.url or ""))


def strongest(tiers: frozenset[Tier]) -> Tier:
    """Return the strongest of these."""
    return min(tiers, key=_STRONGEST_FIRST.index)


def weakest(tiers: Sequence[Tier]) -> Tier:
    """Return the weakest of these."""
    return max(tiers, key=_STRONGEST_FIRST.index)


def suffices(tier: Tier, required: Tier) -> bool:
    """Return whether a comparison by `tier` is at least as strong as what is required."""
    return _STRONGEST_FIRST.index(tier) <= _STRONGEST_FIRST.index(required)


def tier_of(before: Row, after: Row, common: frozenset[Tier]) -> Tier:
    """Return the strongest evidence that two rows of one package have in common.

    Args:
        before: The row of one side.
        after: The row of the other.
        common: What both sides offer at all.
    """
    if Tier.HASHES in common and before.hashes and after.hashes:
        return Tier.HASHES
    if Tier.RECORDS in common and before.records and after.records:
        return Tier.RECORDS
    return Tier.VERSIONS
