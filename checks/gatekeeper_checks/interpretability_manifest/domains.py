"""What may be fed to the model, held against the model's own names, the training data and the golden records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gatekeeper.contract.baseline.facts import Feature
from gatekeeper.contract.baseline.shares import above, below
from gatekeeper.contract.manifest.domain import ABSENT, Due, due, wrong
from gatekeeper.contract.manifest.facts import Input, Kind
from gatekeeper.model import Finding, Location
from gatekeeper_checks._golden import Record
from gatekeeper_checks.interpretability_manifest.input_rules import (
    DefaultOutside,
    GoldenOutside,
    NoDomain,
    OtherInputs,
    OtherRange,
    OtherUnit,
    OtherVocabulary,
)
from gatekeeper_checks.interpretability_manifest.subject import Subject

OUTSIDE: Final = 0.001
"""The share of the training rows that may lie outside the declared domain."""
WIDER: Final = 10.0
"""How many times as wide as the training data a domain may be."""
_SHOWN: Final = 8
_NAMES: Final = "feature_names_in_"


def domains(subject: Subject) -> Iterator[Finding]:
    """Yield what is against the declared inputs, without asking the model."""
    yield from _names(subject)
    for name, each in subject.manifest.inputs.items():
        feature = subject.features.get(name)
        yield from _declared(subject, name, each)
        if feature is not None:
            yield from _observed(subject, name, each, feature)
    for name, output in subject.manifest.outputs.items():
        observed = subject.observed(output)
        yield from _unit(subject, f"outputs.{name}.unit", output.unit, observed)
    yield from _golden(subject)


def _names(subject: Subject) -> Iterator[Finding]:
    names, at = tuple(subject.manifest.inputs), subject.at("inputs")
    fact = subject.artifacts.get(subject.model or "")
    lists = [each for each in fact.value.vocabularies if each.attribute == _NAMES] if fact else []
    if lists and not any(len(names) == each.count and names[: len(each.values)] == each.values for each in lists):
        longest = max(lists, key=lambda each: each.count)
        where = f"as {subject.model} says ({longest.owner}.{_NAMES})"
        yield _other(names, longest.values, where, at)
    features = tuple(subject.features)
    requested = tuple(subject.manifest.requested)
    if features and features not in {names, requested}:
        yield _other(requested, features, f"as {subject.candidate.policy.baseline} has them", at)


def _other(got: Sequence[str], expected: Sequence[str], where: str, at: Location) -> Finding:
    missing = [name for name in expected if name not in got]
    more = [name for name in got if name not in expected]
    parts = [f"without {listed(missing)}" if missing else "", f"with {listed(more)}" if more else ""]
    how = " and ".join(part for part in parts if part) or "in another order"
    return OtherInputs.finding(
        f"the inputs are {how}: got {listed(got)}, expected {listed(expected)} {where}",
        fix="name them as the model has them, in its order; one that the service works out is `derived: true`",
        at=at,
    )


def listed(names: Sequence[str]) -> str:
    """Return names for a message: the first few."""
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown or "none"


def _declared(subject: Subject, name: str, each: Input) -> Iterator[Finding]:
    key = f"inputs.{name}"
    if each.of.measured:
        absent = [end for end in ("min", "max") if getattr(each, end) is None]
        if absent:
            yield NoDomain.finding(
                f"{name}: got no {' and no '.join(absent)}, expected the bounds that the service enforces",
                fix=f"add {' and '.join(f'`{end}:`' for end in absent)}",
                at=subject.at(key),
            )
    if each.of is Kind.CATEGORY:
        absent = [end for end in ("vocabulary", "unknown") if not getattr(each, end)]
        if absent:
            yield NoDomain.finding(
                f"{name}: got no {' and no '.join(absent)}, expected every category and what an unknown one becomes",
                fix=f"add {' and '.join(f'`{end}:`' for end in absent)}",
                at=subject.at(key),
            )
    if each.default is not None and due(each, each.default) not in {Due.ACCEPT, Due.EITHER}:
        yield DefaultOutside.finding(
            f"{name}: the safe default {each.default!r} lies outside its domain ({domain_of(each)})",
            fix="take a value of the domain",
            at=subject.at(f"{key}.default"),
        )


def domain_of(each: Input) -> str:
    """Return a domain for a message."""
    if each.of is Kind.CATEGORY:
        return listed(each.vocabulary)
    low = "-∞" if each.min is None else f"{each.min:g}"
    high = "∞" if each.max is None else f"{each.max:g}"
    return f"{low} to {high}" if each.of.measured else f"any {each.kind}"


def _observed(subject: Subject, name: str, each: Input, feature: Feature) -> Iterator[Finding]:
    yield from _unit(subject, f"inputs.{name}.unit", each.unit, feature)
    if each.of.measured:
        yield from _range(subject, name, each, feature)
    elif each.of is Kind.CATEGORY and feature.categories is not None and each.vocabulary:
        unknown = [value for value in feature.categories.values if value not in each.vocabulary]
        if unknown:
            yield OtherVocabulary.finding(
                f"{name}: the training data has {listed(unknown)}, which the vocabulary has not",
                fix="add them, or say in the service what becomes of them and train again",
                at=subject.at(f"inputs.{name}.vocabulary"),
            )


def _unit(subject: Subject, key: str, unit: str | None, feature: Feature | None) -> Iterator[Finding]:
    if feature is not None and unit is not None and feature.unit is not None and unit != feature.unit:
        yield OtherUnit.finding(
            f"{key}: got {unit!r}, the training data was counted in {feature.unit!r}",
            fix="correct the one that is wrong; the baseline's is set by --unit NAME=UNIT",
            at=subject.at(key),
        )


def _range(subject: Subject, name: str, each: Input, feature: Feature) -> Iterator[Finding]:
    key = f"inputs.{name}"
    if feature.grid is None or not feature.n or feature.min is None or feature.max is None:
        return
    outside = (0 if each.min is None else below(feature, each.min)) + (
        0 if each.max is None else above(feature, each.max)
    )
    if outside > OUTSIDE * feature.n:
        yield OtherRange.finding(
            f"{name}: got {domain_of(each)}, expected at most 1 training row in 1,000 outside; there are at least "
            f"{outside / feature.n:.1%} (seen: {feature.min:g} to {feature.max:g})",
            fix="declare the domain that was seen, or train on the declared one",
            at=subject.at(key),
        )
    if each.min is not None and each.max is not None and feature.max > feature.min:
        times = (each.max - each.min) / (feature.max - feature.min)
        if not times <= WIDER:
            yield OtherRange.finding(
                f"{name}: got {domain_of(each)}, {times:.0f} times as wide as what was seen ({feature.min:g} to "
                f"{feature.max:g}); expected at most {WIDER:g} times",
                fix="declare the domain that was seen",
                at=subject.at(key),
            )


def _golden(subject: Subject) -> Iterator[Finding]:
    if subject.golden is None:
        return
    path, fact = subject.golden
    for record in fact.value.records:
        if not record.outside:
            for what in _strays(subject, record):
                yield GoldenOutside.finding(
                    what,
                    fix='choose a record of the domain, or mark it: "outside": true',
                    at=Location(path=path, line=record.line),
                )


def _strays(subject: Subject, record: Record) -> Iterator[str]:
    manifest = subject.manifest
    for name in record.inputs:
        if name not in manifest.requested:
            yield f"{name}: the manifest has no such input that a request has"
    for name, each in manifest.requested.items():
        value = record.inputs.get(name, ABSENT)
        if due(each, value) is Due.REJECT:
            shown = "nothing" if value is ABSENT else repr(value)[:60]
            yield f"{name}: got {shown}, which the manifest says is refused (domain: {domain_of(each)})"
    for name, output in manifest.outputs.items():
        if name not in record.outputs:
            yield f"{name}: no answer is recorded, so nothing shows that the model is still the same"
        elif how := wrong(output, record.outputs[name], subject.mean(output)):
            yield f"{name}: the recorded answer {how}"
