"""Whether two rows of one package are the same, and if not in what.

Two locks are held to the letter: all that the environment hash covers must be equal. An inventory says less than a
lock, so that only what both say is compared; where that is too little to tell, the answer is undecided, never "same".
"""

from __future__ import annotations

from gatekeeper.environment.comparison.difference import Difference, Direction, Kind, Relation
from gatekeeper.environment.comparison.ranking import Rank
from gatekeeper.environment.facts import Hash, Lock, Row, Source, Tier
from gatekeeper.environment.formats import Format
from gatekeeper.environment.identity import comparable_version

_ADDRESSED = frozenset({Source.URL, Source.VCS})
# They name packages and versions; that a component came from a URL or a folder is more than they can say.
_SILENT_ON_SOURCES = frozenset({Format.CYCLONEDX, Format.SPDX})
_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz")


def locked_difference(name: str, rank: Rank, before: Row, after: Row) -> Difference:
    """Return in what two rows of two locks differ; `package_json` has told that they do."""
    other_files = (before.hashes, before.unhashed) != (after.hashes, after.unhashed)
    relation = relation_of(before, after) if other_files else None
    direction = None
    if (before.source, before.url) != (after.source, after.url):
        kind = Kind.SOURCE
    elif _version(before) != _version(after):
        kind, direction = _other_version(before, after)
    elif before.build != after.build:
        kind = Kind.BUILD
    elif before.index != after.index:
        kind = Kind.INDEX
    else:
        kind = Kind.ARTIFACTS
    return Difference(
        kind=kind, name=name, rank=rank, training=before, production=after, direction=direction, relation=relation
    )


def measured_difference(
    rank: Rank, before: Row, after: Row, tier: Tier, *, training: Lock, production: Lock
) -> Difference | None:
    """Return in what two rows differ of which at least one is an inventory's; None if all that both say is equal.

    Args:
        rank: Of the package.
        before: The row of the training side.
        after: The row of the production side.
        tier: What the two are compared by.
        training: The lock or inventory of `before`.
        production: The lock or inventory of `after`.
    """
    kind = _measured_kind(before, after, tier, training, production)
    if kind is None:
        return None
    name = before.name or before.written
    if kind is Kind.UNDECIDED:
        values = (_said(before), _said(after))
        return Difference(
            kind=kind, name=name, rank=rank, training=before, production=after,
            training_value=values[0], production_value=values[1],
        )  # fmt: skip
    direction = _other_version(before, after)[1] if kind is Kind.VERSION else None
    relation = relation_of(before, after) if kind is Kind.ARTIFACTS else None
    return Difference(
        kind=kind, name=name, rank=rank, training=before, production=after, direction=direction, relation=relation
    )


def is_changeable(*rows: Row) -> bool:
    """Return whether one of the rows comes from a folder, which may have other content under the same version."""
    return any(row.source in {Source.PATH, Source.EDITABLE} for row in rows)


def relation_of(before: Row, after: Row) -> Relation:
    """Return what the hashes of `after` are to those of `before`, which are not the same."""
    trained, served = set(before.hashes), set(after.hashes)
    if not trained or not served or before.unhashed != after.unhashed:
        return Relation.UNHASHED
    if served < trained:
        return Relation.SUBSET
    if served > trained:
        return Relation.SUPERSET
    if trained & served:
        return Relation.OVERLAP
    if not {each.algorithm for each in trained} & {each.algorithm for each in served}:
        return Relation.ALGORITHMS
    return _exchanged(trained, served)


def _exchanged(trained: set[Hash], served: set[Hash]) -> Relation:
    """Return how two sets differ that have nothing in common; where the files' names are known, they tell."""
    kinds = [{_is_sdist(each) for each in hashes} for hashes in (trained, served)]
    if kinds == [{False}, {True}]:
        return Relation.SDIST
    return Relation.WHEEL if kinds == [{True}, {False}] else Relation.DISJOINT


def _is_sdist(hash_: Hash) -> bool | None:
    return hash_.file.endswith(_SDISTS) if hash_.file else None


def _version(row: Row) -> tuple[str | None, str]:
    return (None, row.specifier) if row.version is None else (comparable_version(row.version), "")


def _other_version(before: Row, after: Row) -> tuple[Kind, Direction | None]:
    if before.version is None or after.version is None:
        return Kind.VERSION, None
    from packaging.version import InvalidVersion, Version

    try:
        trained, served = Version(before.version), Version(after.version)
    except InvalidVersion:
        return Kind.VERSION, None  # conda's versions need not be those of PEP 440, and then have no order here
    if Version(trained.public) == Version(served.public):
        return Kind.BUILD, None
    return Kind.VERSION, Direction.OLDER if served < trained else Direction.NEWER


def _measured_kind(before: Row, after: Row, tier: Tier, training: Lock, production: Lock) -> Kind | None:
    if _other_source(before, after, training, production):
        return Kind.SOURCE
    if before.version is not None and after.version is not None and _version(before) != _version(after):
        return _other_version(before, after)[0]
    if before.build and after.build and before.build != after.build:
        return Kind.BUILD
    if tier is Tier.HASHES:
        return None if _allows(before, after, training, production) else Kind.ARTIFACTS
    if tier is Tier.RECORDS:
        return None if set(before.records) & set(after.records) else Kind.RECORDS
    known = before.version is not None and after.version is not None and not is_changeable(before, after)
    return None if known or (before.source in _ADDRESSED and before.url == after.url) else Kind.UNDECIDED


def _other_source(before: Row, after: Row, training: Lock, production: Lock) -> bool:
    if _is_silent(before, training, after) or _is_silent(after, production, before):
        return False
    addressed = before.source in _ADDRESSED and before.url != after.url
    return before.source is not after.source or addressed


def _is_silent(row: Row, lock: Lock, other: Row) -> bool:
    """Return whether the row's source says nothing against the other's.

    `pip freeze` does not say that conda installed a package: it names the folder that it was built in, or none.
    """
    if lock.format is Format.PIP_FREEZE and other.source is Source.CONDA:
        return row.source in {Source.INDEX, Source.PATH}
    return row.source is Source.INDEX and lock.format in _SILENT_ON_SOURCES


def _allows(before: Row, after: Row, training: Lock, production: Lock) -> bool:
    """Return whether what was installed is among what may be; two inventories must have the same."""
    trained, served = set(before.hashes), set(after.hashes)
    if training.format.is_inventory and production.format.is_inventory:
        return trained == served
    return trained <= served if training.format.is_inventory else served <= trained


def _said(row: Row) -> str | None:
    if is_changeable(row):
        return f"{row.version or row.specifier} from {row.url}".lstrip()
    return row.version or row.specifier or None
