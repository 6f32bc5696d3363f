"""Each kill-switch is driven over its threshold, where it must trip, and under it, where it must not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gatekeeper.contract.baseline.facts import Feature
from gatekeeper.contract.baseline.shares import above, below
from gatekeeper.contract.manifest.conditions import Formula, Op, Test, exceeds, formula, tests, trips
from gatekeeper.contract.manifest.domain import Due, record_due
from gatekeeper.contract.manifest.facts import Condition
from gatekeeper.contract.probing.space import ABSENT, Axis, Record, axes, corners, scattered, usual
from gatekeeper.model import Finding
from gatekeeper_checks.interpretability_manifest.safety_rules import SwitchDead
from gatekeeper_checks.interpretability_manifest.subject import Subject

NOISY: Final = 0.05
"""The share of the training rows on which a switch may trip."""
_RECORDS: Final = 400
_STEP: Final = 1e-6


def switches(subject: Subject, measured: dict[str, str | int | float | bool]) -> Iterator[Finding]:
    """Yield the switches that can never trip, or always do; how many were driven is put into `measured`."""
    space = axes(subject.manifest.requested, subject.baseline)
    driven = 0
    for name, switch in subject.manifest.kill_switches.items():
        key = f"kill_switches.{name}.when"
        found = list(_driven(subject, space, switch.when, key))
        driven += not found
        yield from found
    yield from undoing(subject)
    if subject.manifest.kill_switches:
        measured["kill-switches"] = (
            f"{driven} of {len(subject.manifest.kill_switches)} driven over their thresholds and back"
        )


def _driven(subject: Subject, space: Sequence[Axis], when: Condition, key: str) -> Iterator[Finding]:
    whole = formula(when)
    records = list(_records(subject, space, whole))
    windowed = [test for test in tests(whole) if test.op.windowed]
    over, under = dict.fromkeys(windowed, True), dict.fromkeys(windowed, False)
    for test in windowed:
        if not exceeds(_beyond(test, 1), test) or exceeds(_beyond(test, -1), test):
            yield _dead(subject, key, "it does not trip just beyond its threshold, or does just before it")
    compared = {test.feature for test in windowless(whole) if test.op is not Op.MISSING}
    told = [record for record in records if all(record.get(name) is not None for name in compared)]
    if not any(trips(whole, record, over) for record in told):
        yield _dead(
            subject,
            key,
            f"none of {len(told):,} records that the service accepts trips it, not even beyond its thresholds",
        )
    calm = [usual(space), *_golden(subject)]
    if trips(whole, calm[0], under):
        yield _dead(subject, key, f"it trips on {calm[0]}, in which nothing is unusual")
    if len(calm) > 1 and all(trips(whole, record, under) for record in calm[1:]):
        yield _dead(subject, key, f"it trips on all {len(calm) - 1} golden records")
    yield from _noisy(subject, whole, key)


def windowless(whole: Formula) -> list[Test]:
    """Return the tests that look at the record at hand."""
    return [test for test in tests(whole) if not test.op.windowed]


def undoing(subject: Subject) -> Iterator[Finding]:
    """Yield the switches that take a promised default back: a missing value trips whatever compares it."""
    for name, switch in subject.manifest.kill_switches.items():
        for test in windowless(formula(switch.when)) if switch.action != "alert" else ():
            if test.op is not Op.MISSING and subject.manifest.inputs[test.feature].missing == "default":
                yield _dead(
                    subject,
                    f"kill_switches.{name}.when",
                    f"it trips on every record without {test.feature}, which is to be answered with the safe default",
                )


def _beyond(test: Test, direction: int) -> float:
    """Return a share just past a threshold: above it, and for an opposite below it."""
    threshold = float(test.values[0])
    return threshold + direction * _STEP * (-1 if test.opposite else 1)


def _dead(subject: Subject, key: str, how: str) -> Finding:
    return SwitchDead.finding(
        f"{key.split('.')[1]}: {how}", fix="move the threshold to where something is wrong", at=subject.at(key)
    )


def _records(subject: Subject, space: Sequence[Axis], whole: Formula) -> Iterator[Record]:
    """Yield records that the service accepts: of the domain, with what the switch compares with, and with gaps."""
    inputs = subject.manifest.requested
    tried = [*corners(space, _RECORDS), *scattered(space, _RECORDS), usual(space)]
    tried += [{**usual(space), axis.name: value} for axis in space for value in axis.values]
    tried += [_pointed(record, whole) for record in list(tried)[:_RECORDS]]
    for axis in space:
        tried += [{name: value for name, value in record.items() if name != axis.name} for record in tried[:1]]
    for record in tried:
        if record_due(inputs, record) is not Due.REJECT:
            yield record


def _pointed(record: Record, whole: Formula) -> Record:
    """Return a record that has, of every feature that is tested, a value from beyond the test's threshold."""
    pointed: dict[str, object] = dict(record)
    for test in tests(whole):
        value = _past(test)
        if value is not ABSENT:
            pointed[test.feature] = value
        elif test.op is Op.MISSING and not test.opposite:
            pointed.pop(test.feature, None)
    return pointed


def _past(test: Test) -> object:
    if test.op is Op.ABOVE:
        return _beside(test.values[0], -1 if test.opposite else 1)
    if test.op in {Op.BELOW, Op.OUTSIDE}:
        return _beside(test.values[0], 1 if test.opposite else -1)
    if test.op in {Op.EQUAL, Op.ONE_OF} and not test.opposite:
        return test.values[0]
    return ABSENT


def _beside(value: object, step: int) -> object:
    return value + step if isinstance(value, int | float) else value


def _golden(subject: Subject) -> list[Record]:
    if subject.golden is None:
        return []
    return [dict(record.inputs) for record in subject.golden[1].value.records if not record.outside]


def _noisy(subject: Subject, whole: Formula, key: str) -> Iterator[Finding]:
    """Yield whether a switch of one test trips on the training data itself."""
    if not isinstance(whole, Test) or whole.feature not in subject.features:
        return
    share = _training_share(subject.features[whole.feature], whole)
    if share is None:
        return
    if whole.op.windowed and exceeds(share, whole):
        yield _dead(subject, key, f"in the training data the share is {share:.1%}: it would trip on every window")
    elif not whole.op.windowed and share > NOISY:
        yield _dead(subject, key, f"{share:.0%} of the training rows trip it, expected {NOISY:.0%} at most")


def _training_share(feature: Feature, test: Test) -> float | None:
    """Return the share of the training rows on which a test trips, at least; None where that is not counted."""
    rows = feature.rows
    if not rows:
        return None
    gone = (feature.missing + feature.nan) / rows
    if test.op in {Op.MISSING, Op.MISSING_RATE}:
        return 1 - gone if test.opposite and test.op is Op.MISSING else gone
    if feature.grid is None or test.opposite or test.op not in {Op.ABOVE, Op.BELOW, Op.OUTSIDE}:
        return None
    numbers = [value for value in test.values if isinstance(value, int | float)]
    high = above(feature, numbers[-1]) if test.op in {Op.ABOVE, Op.OUTSIDE} else 0
    low = below(feature, numbers[0]) if test.op in {Op.BELOW, Op.OUTSIDE} else 0
    return (high + low) / rows + gone
