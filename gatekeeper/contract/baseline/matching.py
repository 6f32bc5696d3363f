"""Which columns of other data belong to which features: by name, and nothing is left unsaid."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gatekeeper.contract.baseline.facts import Baseline, Feature, Kind
from gatekeeper.contract.tables.columns import Selection
from gatekeeper.errors import Unreadable, UsageError

_SHOWN = 10
_LABELS = re.compile(r"(^|values=)(u?int\d|float|double|halffloat|decimal|bool)")
"""Types, as the data had them, that are no text."""


def selection(baseline: Baseline, ignored: Sequence[str]) -> Selection:
    """Return how other data is read: each column as what the baseline says that it is, and no other column."""
    set_aside = set(ignored)
    taken = [feature for feature in baseline.columns if feature.name not in set_aside]
    return Selection(
        only=frozenset(feature.name for feature in taken),
        kinds={feature.name: _read_as(feature) for feature in taken},
        texts=frozenset(each.name for each in taken if each.kind is Kind.TEXT and not _LABELS.search(each.dtype)),
    )


def _read_as(feature: Feature) -> Kind:
    """Return what a column is taken as; the numbers that a category is made of are labels, as when it was built."""
    return Kind.TEXT if feature.kind is Kind.CATEGORY and _LABELS.search(feature.dtype) else feature.kind


def matched(baseline: Baseline, columns: Sequence[str], ignored: Sequence[str], *, by_name: bool) -> tuple[str, ...]:
    """Return the names of the columns to compare, in the baseline's order.

    Args:
        baseline: what is compared with.
        columns: all that the other data has, in its order.
        ignored: those to leave out.
        by_name: whether columns in another order, and columns that the baseline does not know, are taken as they are.

    Raises:
        Unreadable: a feature is not there; without `by_name`, also if there is one more or the order is another.
        UsageError: what is to be left out is not there, or everything is.
    """
    there, set_aside = set(columns), set(ignored)
    unknown = [name for name in ignored if name not in there and name not in baseline.data.columns]
    if unknown:
        what = f"--ignore: neither the data nor the baseline has a column {_listed(unknown)}"
        raise UsageError(what, fix=f"its columns are: {_listed(columns)}")
    features = [each.name for each in baseline.features if each.name not in set_aside]
    if not features:
        raise UsageError("--ignore: no feature is left to compare", fix="leave at least one out of it")
    missing = [name for name in features if name not in there]
    if missing:
        what = f"has no column {_listed(missing)}, which the baseline describes"
        raise Unreadable(what, fix="add what is missing, or build the baseline of the features that are served")
    described = {each.name for each in baseline.features}
    others = [each.name for each in baseline.columns if each.name not in described and each.name in there]
    if not by_name:
        _same(baseline, features, columns, ignored)
    return (*features, *(name for name in others if name not in set_aside))


def _same(baseline: Baseline, features: Sequence[str], columns: Sequence[str], ignored: Sequence[str]) -> None:
    known = {*baseline.data.columns, *ignored}
    more = [name for name in columns if name not in known]
    if more:
        what = f"has the column {_listed(more)}, which the baseline does not know"
        raise Unreadable(what, fix=f"leave it out: --ignore {more[0]}; or match by name alone: --by-name")
    wanted = set(features)
    order = [name for name in columns if name in wanted]
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
