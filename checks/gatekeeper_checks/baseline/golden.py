"""Golden records held against the range of the training data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gatekeeper.candidate import Candidate
from gatekeeper.contract.baseline.facts import Baseline, Feature, Kind
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Finding, Location
from gatekeeper_checks._golden import Record, golden_records
from gatekeeper_checks.baseline import data_rules


def outside(candidate: Candidate, inquiry: Inquiry, baseline: Baseline, path: str) -> Iterator[Finding]:
    """Yield a finding for each input of a golden record that lies outside the training data."""
    read = inquiry.attempt(lambda: golden_records(candidate, path))
    if read is None:
        return
    path, fact = read
    features = {feature.name: feature for feature in baseline.features}
    for record in fact.value.records:
        if not record.outside:
            yield from _judged(record, features, path)
    inquiry.evidence.append(candidate.evidence(path, fact, {"golden records": len(fact.value.records)}))


def _judged(record: Record, features: Mapping[str, Feature], path: str) -> Iterator[Finding]:
    at = Location(path=path, line=record.line)
    for name, feature in features.items():
        what = _outside(feature, record.inputs[name]) if name in record.inputs else "is not there"
        if what:
            yield data_rules.GoldenOutside.finding(
                f"{name}: {what}",
                fix='choose a record like the training data, or mark it: "outside": true',
                at=at,
            )


def _outside(feature: Feature, value: Any) -> str:
    """Return how a value lies outside the training data; empty if it does not, or if that can't be told."""
    if value is None:
        return "" if feature.missing + feature.nan else "has no value, and the training data always has one"
    if feature.categories is not None:
        word = str(value).lower() if isinstance(value, bool) else str(value)
        unknown = word not in feature.categories.values and not feature.categories.other.count
        return f"{word!r} is none of the categories of the training data" if unknown else ""
    if feature.kind not in {Kind.REAL, Kind.INTEGER}:
        return ""
    if isinstance(value, str | bool):
        return f"got {value!r}, expected a number"
    if feature.min is None or feature.max is None or feature.min <= value <= feature.max:
        return ""
    return f"got {value}, expected {feature.min} to {feature.max} as in the training data"
