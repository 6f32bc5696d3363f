"""Two environments on one target: every difference, what matters for a saved model first.

Two locks are compared by their files, and no difference is found exactly when `environment_hash` is the same for both.
Where one side is an inventory, the comparison is as strong as the evidence that both sides have; `Comparison` says how
strong it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, zip_longest

from gatekeeper.environment.comparison.agreement import locked_difference, measured_difference
from gatekeeper.environment.comparison.difference import Difference, Kind
from gatekeeper.environment.comparison.gate_facts import gate_differences
from gatekeeper.environment.comparison.ranking import Rank, order, rank_of
from gatekeeper.environment.comparison.tiers import is_identified, offered, strongest, tier_of, weakest
from gatekeeper.environment.comparison.visibility import is_hidden, with_interpreter
from gatekeeper.environment.facts import Lock, Option, Row, Tier
from gatekeeper.environment.identity import OPTION_GROUPS, effective_options, option_value, package_json
from gatekeeper.environment.names import canonical_name, is_name
from gatekeeper.environment.projection import project
from gatekeeper.environment.selection import NOTHING_SELECTED, Selection
from gatekeeper.environment.target import Target

# What builds and fills an environment. An inventory has them, a lock seldom does.
_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})
_UNTOLD = frozenset({Kind.UNDECIDED, Kind.UNSEEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of comparing two environments.

    Attributes:
        target: What both were projected onto.
        differences: By rank; among them, as `Kind.UNDECIDED` and `Kind.UNSEEN`, what can't be told.
        training_rows: What the target installs from the training side.
        production_rows: What the target installs from the production side.
        training_offers: By what the training side can be compared.
        production_offers: By what the production side can be compared.
        tier: The weakest evidence by which a package was compared: that of the whole comparison.
        weaker: The packages for which the evidence was weaker than what both sides have otherwise.
        ignored: Installers that an inventory has and the other side does not name.
        same: How many packages are the same.
    """

    target: Target
    differences: tuple[Difference, ...]
    training_rows: tuple[Row, ...]
    production_rows: tuple[Row, ...]
    training_offers: frozenset[Tier]
    production_offers: frozenset[Tier]
    tier: Tier
    weaker: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    same: int = 0

    @property
    def differing(self) -> tuple[Difference, ...]:
        """The differences that are certain."""
        return tuple(each for each in self.differences if each.kind not in _UNTOLD)

    @property
    def undecided(self) -> tuple[Difference, ...]:
        """What can't be told."""
        return tuple(each for each in self.differences if each.kind in _UNTOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Projected:
    """A lock or inventory, and those of its rows that a target installs."""

    lock: Lock
    rows: tuple[Row, ...]


def compare(
    training: Lock,
    production: Lock,
    target: Target,
    selection: Selection = NOTHING_SELECTED,
    referred: frozenset[str] = frozenset(),
) -> Comparison:
    """Return every difference between what the target installs from the two sides.

    Args:
        training: The lock or inventory of where the model was trained.
        production: The lock or inventory of where it is served.
        target: What both are for.
        selection: The extras and groups of project locks.
        referred: The packages that the artifact refers to, canonical.

    Raises:
        Unreadable: The target does not decide a marker, see `gatekeeper.environment.projection.project`.
        UsageError: The selection names an extra or a group that a lock has not.
    """
    trained = Projected(lock=training, rows=project(training, target, selection))
    served = Projected(lock=production, rows=project(production, target, selection))
    return compare_projected(trained, served, target, referred)


def compare_projected(
    training: Projected, production: Projected, target: Target, referred: frozenset[str] = frozenset()
) -> Comparison:
    """Return what `compare` does, of two sides that were projected onto the target before."""
    sides = _Sides(training=training, production=production, referred=referred)
    packages = _measured_packages(sides) if sides.measured else _locked_packages(sides)
    ranked = [*packages.differences, *_anomalies(training.lock, referred, in_training=True)]
    ranked += _anomalies(production.lock, referred, in_training=False)
    ranked.sort(key=lambda each: order(each.rank, each.name))
    options = () if sides.measured else tuple(_compare_options(sides))
    return Comparison(
        target=target,
        differences=(*gate_differences(training.lock, production.lock, target), *ranked, *options),
        training_rows=training.rows,
        production_rows=production.rows,
        training_offers=offered(training.lock, training.rows),
        production_offers=offered(production.lock, production.rows),
        tier=weakest([strongest(sides.common), *packages.weaker.values()]),
        weaker=tuple(sorted(packages.weaker)),
        ignored=packages.ignored,
        same=packages.same,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """The two sides, and the packages that the artifact refers to."""

    training: Projected
    production: Projected
    referred: frozenset[str]

    @property
    def measured(self) -> bool:
        """Whether one side is an inventory."""
        return self.training.lock.format.is_inventory or self.production.lock.format.is_inventory

    @property
    def common(self) -> frozenset[Tier]:
        """By what both sides can be compared."""
        training, production = self.training, self.production
        return offered(training.lock, training.rows) & offered(production.lock, production.rows)

    def are_alone(self, trained: Sequence[Row], served: Sequence[Row]) -> bool:
        """Return whether one side alone has these rows, and that side is an inventory."""
        owner = self.production if served else self.training
        return bool(trained) is not bool(served) and owner.lock.format.is_inventory

    def alone(self, name: str, before: Row | None, after: Row | None) -> Difference:
        """Return the difference that only one side has the package, or that nobody can tell whether the other has."""
        kind, rank = Kind.EXTRA if before is None else Kind.MISSING, rank_of(name, self.referred, before, after)
        row, owner, other = before or after, self.training, self.production
        if before is None:
            owner, other = other, owner
        assert row is not None, "one of the two sides has it"
        if not is_hidden(row, owner.lock, other.lock, other.rows):
            return Difference(kind=kind, name=name, rank=rank, training=before, production=after)
        unseen = f"not named by {other.lock.format.value}"
        return Difference(
            kind=Kind.UNSEEN, name=name, rank=rank, training=before, production=after,
            training_value=unseen if before is None else before.version,
            production_value=unseen if after is None else after.version,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packages:
    """What came of the packages; `weaker` says by what a package was compared, where that was less than usual."""

    differences: tuple[Difference, ...]
    same: int
    weaker: Mapping[str, Tier] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


def _locked_packages(sides: _Sides) -> _Packages:
    """Compare to the letter: rows are the same if `package_json` says so."""
    trained, served = _by_content(sides.training.rows), _by_content(sides.production.rows)
    differences, weaker, same = [], {}, 0
    for name in sorted(trained.keys() | served.keys()):
        equal = trained[name].keys() & served[name].keys()
        same += len(equal)
        if not all(is_identified(trained[name][each]) for each in equal):
            weaker[name] = Tier.VERSIONS
        for before, after in _unequal(trained[name], served[name]):
            if before is None or after is None:
                differences.append(sides.alone(name, before, after))
            else:
                rank = rank_of(name, sides.referred, before, after)
                differences.append(locked_difference(name, rank, before, after))
    return _Packages(differences=tuple(differences), same=same, weaker=weaker)


def _by_content(rows: tuple[Row, ...]) -> defaultdict[str, dict[str, Row]]:
    """Return the rows of each package by what they install; of rows that say the same only the first."""
    named: defaultdict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        named[row.name or row.written].setdefault(package_json(row), row)
    return named


def _unequal(trained: dict[str, Row], served: dict[str, Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Return the rows of one package side by side, without those that are the same on both sides.

    One row on each side is the rule; where a lock has several for one name, none may be lost.
    """
    before = [trained[each] for each in sorted(trained.keys() - served.keys())]
    after = [served[each] for each in sorted(served.keys() - trained.keys())]
    return zip_longest(before, after)


def _measured_packages(sides: _Sides) -> _Packages:
    """Compare by what both sides say; where that is too little to tell, the package is undecided."""
    training, production = sides.training, sides.production
    trained = _by_name(with_interpreter(training.lock, training.rows, production.rows))
    served = _by_name(with_interpreter(production.lock, production.rows, training.rows))
    common, usual = sides.common, strongest(sides.common)
    differences, weaker, ignored, same = [], {}, [], 0
    for name in sorted(trained.keys() | served.keys()):
        if name in _INSTALLERS and sides.are_alone(trained[name], served[name]):
            ignored.append(name)
            continue
        for before, after, difference in _matched(sides, name, trained[name], served[name]):
            if before is not None and after is not None and tier_of(before, after, common) is not usual:
                weaker[name] = tier_of(before, after, common)
            if difference is None:
                same += 1
            else:
                differences.append(difference)
    return _Packages(differences=tuple(differences), same=same, weaker=weaker, ignored=tuple(ignored))


def _by_name(rows: tuple[Row, ...]) -> defaultdict[str, list[Row]]:
    named: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        # Conda spells names otherwise: its `typing_extensions` is the distribution `typing-extensions`.
        name = canonical_name(row.name) if is_name(row.name) else row.name
        named[name or row.written].append(row)
    return named


def _matched(
    sides: _Sides, name: str, trained: list[Row], served: list[Row]
) -> Iterator[tuple[Row | None, Row | None, Difference | None]]:
    """Yield the rows of one package in pairs, those that agree first; the rest side by side, with what differs."""
    rest, unmatched = list(served), []
    for before in trained:
        partner = next((after for after in rest if _differ(sides, name, before, after) is None), None)
        if partner is None:
            unmatched.append(before)
        else:
            rest.remove(partner)
            yield before, partner, None
    for one, other in zip_longest(unmatched, rest):
        if one is None or other is None:
            yield one, other, sides.alone(name, one, other)
        else:
            yield one, other, _differ(sides, name, one, other)


def _differ(sides: _Sides, name: str, before: Row, after: Row) -> Difference | None:
    rank, tier = rank_of(name, sides.referred, before, after), tier_of(before, after, sides.common)
    return measured_difference(
        rank, before, after, tier, training=sides.training.lock, production=sides.production.lock
    )


def _anomalies(lock: Lock, referred: frozenset[str], *, in_training: bool) -> Iterator[Difference]:
    for each in lock.anomalies:
        rank = rank_of(each.name, referred)
        yield Difference(kind=Kind.ANOMALY, name=each.name, rank=rank, anomaly=each, in_training=in_training)


def _compare_options(sides: _Sides) -> Iterator[Difference]:
    trained, served = _grouped(sides.training), _grouped(sides.production)
    for group in sorted(trained.keys() | served.keys()):
        before, after = trained.get(group, ()), served.get(group, ())
        if [(each.name, option_value(each)) for each in before] != [(each.name, option_value(each)) for each in after]:
            yield Difference(
                kind=Kind.OPTIONS, name=group, rank=Rank.OPTIONS, training_options=before, production_options=after
            )


def _grouped(side: Projected) -> dict[str, tuple[Option, ...]]:
    groups = groupby(effective_options(side.lock, side.rows), key=lambda option: OPTION_GROUPS[option.name])
    return {group: tuple(options) for group, options in groups}
