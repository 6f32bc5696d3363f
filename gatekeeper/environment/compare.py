"""Two locks on one target: every difference, what matters for a saved model first.

`compare` answers with nothing exactly when `environment_hash` is the same for both.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, zip_longest

from gatekeeper.environment.facts import Lock, Option, Row
from gatekeeper.environment.identity import (
    OPTION_GROUPS,
    comparable_version,
    effective_options,
    package_json,
)
from gatekeeper.environment.projection import project
from gatekeeper.environment.target import Target

# Their objects end up in saved models, so that another version may change how a model loads or what it predicts.
SERIALISATION_SENSITIVE = (
    "scikit-learn",
    "numpy",
    "scipy",
    "pandas",
    "joblib",
    "cloudpickle",
    "dill",
    "torch",
    "torchvision",
    "xgboost",
    "lightgbm",
    "catboost",
    "onnx",
    "onnxruntime",
    "skops",
    "pyarrow",
    "protobuf",
    "tensorflow",
    "keras",
    "transformers",
    "tokenizers",
    "safetensors",
)


class Kind(enum.StrEnum):
    """What differs."""

    VERSION = "version"
    MISSING = "missing"
    """The package is in training only."""
    EXTRA = "extra"
    """The package is in production only."""
    ARTIFACTS = "artifacts"
    """The version is the same, the allowed files are not."""
    SOURCE = "source"
    """Index, URL, repository or path, or another URL."""
    PACKAGE_EXTRAS = "package-extras"
    """The extras that are asked of the package, as in `uvicorn[standard]`."""
    OPTIONS = "options"
    """Options of the file that change what is installed."""


class Direction(enum.StrEnum):
    """What production's version is, by PEP 440, to the one of the training."""

    OLDER = "older"
    NEWER = "newer"


class Relation(enum.StrEnum):
    """What production's set of hashes is to the one of the training."""

    SUBSET = "subset"
    SUPERSET = "superset"
    DISJOINT = "disjoint"
    OVERLAP = "overlap"
    UNHASHED = "unhashed"
    """One of the two has no hashes at all and takes any file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference, with the rows or options of both sides.

    Attributes:
        kind: What differs.
        name: The package (for a row without a name its path or URL), or the group of options.
        training: The row of the training lock; None for `EXTRA` and `OPTIONS`.
        production: The row of the production lock; None for `MISSING` and `OPTIONS`.
        direction: For `VERSION`, when both sides are pinned.
        local_only: For `VERSION`: only the part behind `+` differs, as in `2.2.0+cpu` and `2.2.0+cu121`.
        relation: For `ARTIFACTS`.
        training_options: For `OPTIONS`: the training lock's options of this group.
        production_options: For `OPTIONS`: the production lock's options of this group.
    """

    kind: Kind
    name: str
    training: Row | None = None
    production: Row | None = None
    direction: Direction | None = None
    local_only: bool = False
    relation: Relation | None = None
    training_options: tuple[Option, ...] = ()
    production_options: tuple[Option, ...] = ()


def compare(training: Lock, production: Lock, target: Target) -> tuple[Difference, ...]:
    """Return every difference between what the target installs from the two locks.

    Returns:
        The serialisation-sensitive packages in the order of `SERIALISATION_SENSITIVE`, then the others by name, then
        the options.

    Raises:
        Unreadable: The target does not decide a marker, see `gatekeeper.environment.projection.project`.
    """
    trained, served = _by_name(project(training, target)), _by_name(project(production, target))
    differences: list[Difference] = []
    for name in sorted(trained.keys() | served.keys(), key=_rank):
        for before, after in _pairs(trained[name], served[name]):
            differences += _compare_rows(name, before, after)
    return (*differences, *_compare_options(training, production))


def _rank(name: str) -> tuple[int, str]:
    sensitive = name in SERIALISATION_SENSITIVE
    return (SERIALISATION_SENSITIVE.index(name) if sensitive else len(SERIALISATION_SENSITIVE), name)


def _by_name(rows: tuple[Row, ...]) -> defaultdict[str, dict[str, Row]]:
    """Return the rows of each package by what they install; of rows that say the same only the first."""
    named: defaultdict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        named[row.name or row.written].setdefault(package_json(row), row)
    return named


def _pairs(trained: dict[str, Row], served: dict[str, Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Return the rows of one package side by side, without those that are the same on both sides.

    One row on each side is the rule; where a lock has several for one name, none may be lost.
    """
    before = [trained[each] for each in sorted(trained.keys() - served.keys())]
    after = [served[each] for each in sorted(served.keys() - trained.keys())]
    return zip_longest(before, after)


def _compare_rows(name: str, before: Row | None, after: Row | None) -> Iterator[Difference]:
    if before is None or after is None:
        kind = Kind.EXTRA if before is None else Kind.MISSING
        yield Difference(kind=kind, name=name, training=before, production=after)
        return
    if (before.source, before.url) != (after.source, after.url):
        yield Difference(kind=Kind.SOURCE, name=name, training=before, production=after)
    elif _version(before) != _version(after):
        yield _version_difference(name, before, after)
    elif before.hashes != after.hashes:
        relation = _relation(before, after)
        yield Difference(kind=Kind.ARTIFACTS, name=name, training=before, production=after, relation=relation)
    if before.extras != after.extras:
        yield Difference(kind=Kind.PACKAGE_EXTRAS, name=name, training=before, production=after)


def _version(row: Row) -> tuple[str | None, str]:
    return (None, row.specifier) if row.version is None else (comparable_version(row.version), "")


def _version_difference(name: str, before: Row, after: Row) -> Difference:
    direction, local_only = None, False
    if before.version is not None and after.version is not None:
        from packaging.version import Version

        trained, served = Version(before.version), Version(after.version)
        direction = Direction.OLDER if served < trained else Direction.NEWER
        local_only = Version(trained.public) == Version(served.public)
    return Difference(
        kind=Kind.VERSION, name=name, training=before, production=after, direction=direction, local_only=local_only
    )


def _relation(before: Row, after: Row) -> Relation:
    trained, served = set(before.hashes), set(after.hashes)
    if not trained or not served:
        return Relation.UNHASHED
    if served < trained:
        return Relation.SUBSET
    if served > trained:
        return Relation.SUPERSET
    return Relation.OVERLAP if trained & served else Relation.DISJOINT


def _compare_options(training: Lock, production: Lock) -> Iterator[Difference]:
    trained, served = _grouped(training), _grouped(production)
    for group in sorted(trained.keys() | served.keys()):
        before, after = trained.get(group, ()), served.get(group, ())
        if [(each.name, each.value) for each in before] != [(each.name, each.value) for each in after]:
            yield Difference(kind=Kind.OPTIONS, name=group, training_options=before, production_options=after)


def _grouped(lock: Lock) -> dict[str, tuple[Option, ...]]:
    groups = groupby(effective_options(lock), key=lambda option: OPTION_GROUPS[option.name])
    return {group: tuple(options) for group, options in groups}
