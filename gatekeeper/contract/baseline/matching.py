"""Which columns of other data belong to which features: by name, and nothing is left unsaid."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.contract.baseline.facts import Baseline, Feature, Kind
from gatekeeper.contract.tables.columns import Selection
from gatekeeper.errors import Unreadable

_SHOWN = 10


def selection(baseline: Baseline, ignored: Sequence[str]) -> Selection:
    """Return how other data is read: each column as what the baseline says that it is."""
    kinds = {feature.name: _read_as(feature) for feature in baseline.columns}
    others = {*baseline.data.ignored, *ignored, *([baseline.time.column] if baseline.time else [])}
    return Selection(ignored=frozenset(others), kinds=kinds)


def _read_as(feature: Feature) -> Kind:
    return Kind.TEXT if feature.kind is Kind.CATEGORY else feature.kind


def matched(baseline: Baseline, columns: Sequence[str], ignored: Sequence[str], *, by_name: bool) -> tuple[str, ...]:
    """Return the names of the columns to compare, in the baseline's order.

    Args:
        baseline: what is compared with.
        columns: all that the other data has, in its order.
        ignored: those to leave out.
        by_name: whether columns in another order, and columns that the baseline does not know, are taken as they are.

    Raises:
        Unreadable: a feature is not there; without `by_name`, also if there is one more or the order is another.
    """
    features = [each.name for each in baseline.features]
    missing = [name for name in features if name not in columns]
    if missing:
        what = f"has no column {_listed(missing)}, which the baseline describes"
        raise Unreadable(what, fix="add what is missing, or build the baseline of the features that are served")
    others = [each.name for each in baseline.columns if each.name not in features and each.name in columns]
    if not by_name:
        _same(baseline, features, columns, ignored)
    return (*(name for name in features if name not in ignored), *(name for name in others if name not in ignored))


def _same(baseline: Baseline, features: Sequence[str], columns: Sequence[str], ignored: Sequence[str]) -> None:
    known = {*baseline.data.columns, *ignored}
    more = [name for name in columns if name not in known]
    if more:
        what = f"has the column {_listed(more)}, which the baseline does not know"
        raise Unreadable(what, fix=f"leave it out: --ignore {more[0]}; or match by name alone: --by-name")
    order = [name for name in columns if name in set(features)]
    place = next((i for i, (a, b) in enumerate(zip(order, features, strict=True)) if a != b), None)
    if place is not None:
        what = (
            f"has its columns in another order: number {place + 1} of the features is {order[place]!r}, "
            f"expected {features[place]!r}"
        )
        fix = "a model that takes columns by place gets the wrong ones; if yours takes them by name: --by-name"
        raise Unreadable(what, fix=fix)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
