"""What `baseline` looks at: the baseline, the artifacts, the training lock, and the golden records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from gatekeeper.artifact import Artifact
from gatekeeper.candidate import Candidate, Fact
from gatekeeper.contract.baseline.arithmetic import flaws
from gatekeeper.contract.baseline.document import read
from gatekeeper.contract.baseline.facts import Baseline as Facts
from gatekeeper.contract.baseline.facts import Time
from gatekeeper.contract.baseline.faults import inject, rows_of, silence
from gatekeeper.contract.baseline.limits import calibrate
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Evidence, Examined, Finding, Location, Scalar, Severity, Unable
from gatekeeper_checks._artifacts import examined
from gatekeeper_checks.baseline import Baseline, SeasonWaiver, alarm_rules, binding_rules, data_rules
from gatekeeper_checks.baseline.golden import outside

_MONTHS = "January February March April May June July August September October November December".split()
_SHOWN = 8
_FLAWS = 10
LONGEST_WAIVER = 90
"""Days. After a quarter the next season is there."""
_NAMES = "feature_names_in_"
_BUILD = "gatekeeper baseline build DATA --time COL --artifact FILE --lock FILE -o baseline.json"


def judge(candidate: Candidate, check: Baseline) -> Examined | Unable:
    """Return what the baseline says, and everything that is against it."""
    inquiry = Inquiry()
    path = candidate.policy.baseline
    if path is None:
        inquiry.findings.append(_not_declared(candidate))
        inquiry.evidence.append(Evidence(what="the policy", measured={"baseline": "not declared"}))
        return inquiry.conclude()
    fact = inquiry.attempt(lambda: candidate.fact(path, read, Facts, key="baseline"))
    if fact is not None:
        at = Location(path=path)
        broken = list(_broken(fact.value, at))
        inquiry.findings += broken
        if broken:
            inquiry.evidence.append(candidate.evidence(path, fact, {"rows": fact.value.data.rows}))
        else:
            _judge_whole(candidate, check, inquiry, fact, at)
    return inquiry.conclude()


def _not_declared(candidate: Candidate) -> Finding:
    return binding_rules.NotDeclared.finding(
        "`baseline` is not declared: nobody can tell whether production asks what the model was trained on",
        fix=f"where the model was trained: {_BUILD}; then add: baseline: baseline.json",
        at=candidate.at("baseline"),
    )


def _broken(baseline: Facts, at: Location) -> Iterator[Finding]:
    found = list(flaws(baseline))
    for flaw in found[:_FLAWS]:
        more = f" (and {len(found) - _FLAWS} more)" if len(found) > _FLAWS and flaw is found[_FLAWS - 1] else ""
        yield binding_rules.DoesNotAddUp.finding(
            f"{flaw.where}: {flaw.what}{more}", fix="build it again from the data, and don't edit it", at=at
        )


def _judge_whole(candidate: Candidate, check: Baseline, inquiry: Inquiry, fact: Fact[Facts], at: Location) -> None:
    """Judge a baseline whose numbers add up."""
    baseline = fact.value
    _binding(candidate, inquiry, baseline, at)
    inquiry.findings += _data(candidate, check, baseline, at)
    path = candidate.policy.golden
    if path is not None:
        inquiry.findings += outside(candidate, inquiry, baseline, path)
    measured = _measured(baseline)
    inquiry.findings += _alarm(baseline, at, measured)
    inquiry.evidence.append(candidate.evidence(at.path, fact, measured))


def _measured(baseline: Facts) -> dict[str, Scalar]:
    measured: dict[str, Scalar] = {"rows": baseline.data.rows, "features": len(baseline.features)}
    time = baseline.time
    if time is not None:
        gap = time.longest_gap
        measured |= {"start": time.start, "end": time.end, "months": len(time.months), "longest gap in days": gap}
    return measured


def _binding(candidate: Candidate, inquiry: Inquiry, baseline: Facts, at: Location) -> None:
    policy = candidate.policy
    read_models: dict[str, Fact[Artifact]] = {}
    for place, path in enumerate(policy.artifacts):
        fact = inquiry.attempt(lambda path=path, place=place: examined(candidate, path, f"artifacts[{place}]"))  # type: ignore[misc]
        if fact is not None:
            read_models[path] = fact
    of = baseline.artifact
    mine = next((path for path, fact in read_models.items() if of and f"sha256:{fact.sha256}" == of.sha256), None)
    if mine is None and len(read_models) == len(policy.artifacts):
        inquiry.findings.append(_other_model(baseline, read_models, at))
    if mine is not None:
        inquiry.findings += _features(baseline, read_models[mine].value, mine, at)
    lock = policy.environment.training
    if lock is None:
        return
    digest = inquiry.attempt(lambda: candidate.digest(lock, key="environment.training"))
    if digest is not None and (baseline.lock is None or baseline.lock.sha256 != f"sha256:{digest.sha256}"):
        got = "no lock" if baseline.lock is None else f"{baseline.lock.name} {baseline.lock.sha256}"
        inquiry.findings.append(
            binding_rules.OfAnotherEnvironment.finding(
                f"the baseline names {got}, expected {lock} sha256:{digest.sha256}",
                fix=f"build it again with --lock {lock}",
                at=at,
            )
        )


def _other_model(baseline: Facts, models: dict[str, Fact[Artifact]], at: Location) -> Finding:
    got = "no model" if baseline.artifact is None else f"{baseline.artifact.name} {baseline.artifact.sha256}"
    expected = ", ".join(f"{path} sha256:{fact.sha256}" for path, fact in models.items()) or "one of `artifacts`"
    return binding_rules.OfAnotherModel.finding(
        f"the baseline names {got}, expected {expected}",
        fix="build it with --artifact FILE, from the data that this model was trained on",
        at=at,
    )


def _features(baseline: Facts, artifact: Artifact, path: str, at: Location) -> Iterator[Finding]:
    """Yield a finding unless one of the model's lists of names is that of the features: a pipeline has several."""
    names = tuple(feature.name for feature in baseline.features)
    lists = [each for each in artifact.vocabularies if each.attribute == _NAMES]
    if not lists or any(len(names) == each.count and names[: len(each.values)] == each.values for each in lists):
        return
    longest = max(lists, key=lambda each: each.count)
    yield binding_rules.OtherFeatures.finding(
        f"the baseline's features are {_difference(names, longest.values)}: got {_listed(names)}, "
        f"expected {_listed(longest.values)} as {path} says ({longest.owner}.{_NAMES})",
        fix="build it of the columns that the model takes, in their order; others: --target, --time, --ignore",
        at=at,
    )


def _difference(got: tuple[str, ...], expected: tuple[str, ...]) -> str:
    if sorted(got) == sorted(expected):
        return "in another order"
    missing = [name for name in expected if name not in got]
    more = [name for name in got if name not in expected]
    parts = [f"without {_listed(missing)}" if missing else "", f"with {_listed(more)}" if more else ""]
    return " and ".join(part for part in parts if part) or "others"


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _data(candidate: Candidate, check: Baseline, baseline: Facts, at: Location) -> Iterator[Finding]:
    rows = baseline.data.rows
    if rows < check.min_rows:
        yield data_rules.TooFewRows.finding(
            f"got {rows:,} rows of training data, expected at least {check.min_rows:,}",
            fix="build it from all of the training data, or set the option min_rows",
            at=at,
        )
    for feature in baseline.features:
        if not feature.n:
            yield data_rules.EmptyColumn.finding(
                f"the feature {feature.name!r} has no value in any of {rows:,} rows",
                fix="take it out of the model, or mend what should have filled it",
                at=at,
            )
    if baseline.time is None:
        yield _no_time(check, at)
    else:
        yield from _stale(candidate, check, baseline.time, at)
        yield from _season(candidate, check, baseline.time, at)


def _no_time(check: Baseline, at: Location) -> Finding:
    why = check.timeless.strip()
    return data_rules.NoTime.finding(
        "the baseline does not say when its rows are from" + (f"; {why}" if why else ""),
        fix="build it with --time COL; where the data has no time, say why: checks: {baseline: {timeless: REASON}}",
        at=at,
        severity=Severity.NOTE if why else None,
    )


def _stale(candidate: Candidate, check: Baseline, time: Time, at: Location) -> Iterator[Finding]:
    if date.fromisoformat(time.end) < candidate.today - timedelta(days=check.max_age_days):
        yield data_rules.Stale.finding(
            f"the last row is of {time.end}, expected one of the last {check.max_age_days:,} days",
            fix="train on newer data, or set the option max_age_days",
            at=at,
        )


def _season(candidate: Candidate, check: Baseline, time: Time, at: Location) -> Iterator[Finding]:
    present = {int(month) for month, rows in time.months.items() if rows}
    if len(present) >= check.months:
        return
    missing = ", ".join(name for place, name in enumerate(_MONTHS, start=1) if place not in present)
    waiver = check.season_waiver
    why = "" if waiver is None else _void(waiver, candidate.today)
    told = f"; waived until {waiver.until} by {waiver.by}: {waiver.reason}" if waiver and not why else why
    yield data_rules.SeasonMissing.finding(
        f"the training data has {len(present)} of 12 months ({time.start} to {time.end}), expected {check.months}; "
        f"it has no row of {missing}{told}",
        fix="train on a whole year; until then: season_waiver: {reason: ..., by: ..., until: ...}, for at most 90 days",
        at=at,
        severity=Severity.NOTE if waiver is not None and not why else None,
    )


def _void(waiver: SeasonWaiver, today: date) -> str:
    """Return why a waiver does not hold; empty if it does. It holds to the end of its day."""
    try:
        until = date.fromisoformat(waiver.until)
    except ValueError:
        return f"; the waiver's day is {waiver.until!r}, expected one of the calendar"
    if not waiver.reason.strip() or not waiver.by.strip():
        return "; the waiver has no reason, or nobody who gives it"
    if until < today:
        return f"; the waiver of {waiver.by} ended on {until}"
    if until > today + timedelta(days=LONGEST_WAIVER):
        return f"; the waiver of {waiver.by} ends on {until}, more than {LONGEST_WAIVER} days ahead"
    return ""


def _alarm(baseline: Facts, at: Location, measured: dict[str, Scalar]) -> Iterator[Finding]:
    """Yield what the alarm does that it must not; how often it was tried is put into `measured`."""
    quiet, faults = silence(baseline), inject(baseline)
    fired = sum(fault.fired for fault in faults)
    measured["faults told"] = f"{fired} of {len(faults)}"
    if quiet.blocks:
        measured["blocks silent"] = f"{quiet.blocks - quiet.alarms} of {quiet.blocks}"
    if quiet.noisy:
        yield alarm_rules.AlarmNoisy.finding(
            f"the alarm fires on {quiet.alarms} of {quiet.blocks} blocks of the training data itself, by "
            f"{_listed(quiet.features)}; expected one in twenty at most",
            fix="build it again with --time COL; features that follow the calendar or grow: --range-only COL",
            at=at,
        )
    rows = rows_of(baseline, calibrate(baseline))
    silent: dict[str, list[str]] = {}
    for fault in faults:
        if not fault.fired:
            silent.setdefault(fault.feature, []).append(fault.fault)
    for feature, names in silent.items():
        yield alarm_rules.AlarmDead.finding(
            f"no alarm for {feature!r} on {rows:,} rows with a fault in it: {', '.join(names)}",
            fix=f"if it follows the calendar or grows: build the baseline with --range-only {feature}; else take "
            "longer blocks or more data",
            at=at,
        )
