"""What may differ between two environments, as frozen data."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from gatekeeper.environment.comparison.ranking import Rank
from gatekeeper.environment.facts import Anomaly, Option, Row


class Kind(enum.StrEnum):
    """What differs."""

    GATE = "gate"
    """What runs the packages."""
    VERSION = "version"
    BUILD = "build"
    """One version, another build of it: another local part (`+cpu`, `+cu121`), or another build string of conda."""
    MISSING = "missing"
    """The package is in training only."""
    EXTRA = "extra"
    """The package is in production only."""
    ARTIFACTS = "artifacts"
    """The version is the same, the allowed files are not."""
    RECORDS = "records"
    """The version is the same; what was installed is none of what the other side has or allows."""
    INDEX = "index"
    """The version is the same, the index or channel is not."""
    SOURCE = "source"
    """Index, URL, repository or path, or another URL."""
    OPTIONS = "options"
    """Options of the file that change what is installed."""
    ANOMALY = "anomaly"
    """Something in an installed environment that no lock accounts for."""
    UNDECIDED = "undecided"
    """One side does not say enough to tell whether it differs."""
    UNSEEN = "unseen"
    """Only one side names the package, and the other could have it without naming it: see `visibility`."""


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
    SDIST = "sdist"
    """Production takes the sdist where training takes wheels."""
    WHEEL = "wheel"
    """Production takes wheels where training takes the sdist."""
    UNHASHED = "unhashed"
    """One of the two has no hash, or a file without one, and takes what it gets."""
    ALGORITHMS = "algorithms"
    """No algorithm in common, so that nobody can tell whether a file is allowed by both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference, with what both sides say.

    Attributes:
        kind: What differs.
        name: The package (for a row without a name its path or URL), the group of options, or the gate fact.
        rank: How near it is to the model.
        training: The row of the training side; None where it has none.
        production: The row of the production side; None where it has none.
        direction: For `VERSION`, when both versions are known and can be ordered.
        relation: For `ARTIFACTS`.
        training_options: For `OPTIONS`: the training lock's options of this group.
        production_options: For `OPTIONS`: the production lock's options of this group.
        training_value: For `GATE`, `UNDECIDED` and `UNSEEN`: what the training side has; None where it does not say.
        production_value: The same of the production side.
        anomaly: For `ANOMALY`.
        in_training: For `ANOMALY`: whether it is the training side that has it.
    """

    kind: Kind
    name: str
    rank: Rank
    training: Row | None = None
    production: Row | None = None
    direction: Direction | None = None
    relation: Relation | None = None
    training_options: tuple[Option, ...] = ()
    production_options: tuple[Option, ...] = ()
    training_value: str | None = None
    production_value: str | None = None
    anomaly: Anomaly | None = None
    in_training: bool = False
