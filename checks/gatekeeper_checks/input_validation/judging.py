"""From what was seen of endpoints, models and repairs to findings, and which of them a comment suppresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gatekeeper.inference.facts import Place, Suppression
from gatekeeper.inference.facts import Step as Seen
from gatekeeper.inference.validation.comparison import Expected
from gatekeeper.inference.validation.facts import Endpoint, Input, Mending, Repair, Validation, Way
from gatekeeper.model import Finding, Location, Rule, Step
from gatekeeper_checks._serving_code import Suppressing, covers, location
from gatekeeper_checks.input_validation import (
    InputValidation,
    entry_rules,
    model_rules,
    repair_rules,
    suppression_rules,
)
from gatekeeper_checks.input_validation.matching import of_models
from gatekeeper_checks.input_validation.wording import clipped, repair_words

FAMILY = InputValidation.about.id
CODES = frozenset(rule.code for rule in InputValidation.about.rules if "suppression" not in rule.code)
"""The codes that a comment may suppress."""


SUPPRESSING = Suppressing(
    codes=CODES,
    without_reason=suppression_rules.SuppressionWithoutReason,
    unused=suppression_rules.UnusedSuppression,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A finding, and the comment that suppresses it, if one does."""

    finding: Finding
    suppressed: Suppression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    finding: Finding
    at: Place


def judge_validation(validation: Validation, expected: Mapping[str, Expected] | None) -> tuple[Judged, ...]:
    """Return every finding in the order of paths, lines, columns and codes; the suppressed ones too."""
    told: dict[tuple[str, Location, str], _Told] = {}
    for each in (*_of_endpoints(validation), *_of_models(validation, expected), *_of_repairs(validation.repairs)):
        # What comes in at one place is told once, however many endpoints lead there.
        message = "" if each.finding.code == entry_rules.RawInput.code else each.finding.message
        told.setdefault((each.finding.code, each.finding.at, message), each)
    ours = [each for each in map(_own, validation.suppressions) if each.codes]
    used: set[tuple[Suppression, str]] = set()
    judged = [_judge(each, ours, used) for each in told.values()]
    for suppression in ours:
        judged += [Judged(finding=finding) for finding in SUPPRESSING.wrong(suppression, suppression.codes, used)]
    return tuple(sorted(judged, key=_order))


def _of_endpoints(validation: Validation) -> Iterator[_Told]:
    for endpoint in validation.endpoints:
        if not endpoint.asks:
            continue
        if endpoint.posts and not endpoint.inputs:
            yield _unread(endpoint)
        by_hand = [each for each in endpoint.inputs if _is_by_hand(each)]
        if by_hand:
            yield _no_model(endpoint, by_hand)
        for each in endpoint.inputs:
            if each.way is Way.UNSEEN:
                yield _unseen(endpoint, each)
            elif each.way is not Way.MODEL and each not in by_hand:
                yield _raw_input(endpoint, each)
            elif each.strict is False:
                yield _loosened(each)


def _is_by_hand(each: Input) -> bool:
    raw = each.way not in {Way.MODEL, Way.UNSEEN, Way.CLAIMED, Way.CONSTRUCTED}
    return each.way.typed or (raw and bool(each.checked))


def _no_model(endpoint: Endpoint, inputs: list[Input]) -> _Told:
    how = ", ".join(dict.fromkeys(each.way.value for each in inputs))
    listed = clipped(", ".join(each.subject for each in inputs))
    checked = ", ".join(dict.fromkeys(each.checked for each in inputs if each.checked))
    got = f"{how} ({listed})" + (f", checked by {checked}" if checked else "")
    at = endpoint.entry.at
    finding = entry_rules.NoModel.finding(
        f"{_name(endpoint)} takes {got}; expected a Pydantic model that matches the manifest",
        fix="take one model as the parameter, or call its model_validate: gatekeeper manifest generate --pydantic",
        at=location(at),
    )
    return _Told(finding=finding, at=at)


def _raw_input(endpoint: Endpoint, each: Input) -> _Told:
    finding = entry_rules.RawInput.finding(
        f"{_name(endpoint)} asks the model with {each.way.value}: got `{each.subject}`, expected what a Pydantic model "
        "has checked",
        fix="take a model as the parameter, or call its model_validate here: gatekeeper manifest generate --pydantic",
        at=location(each.at),
        trace=_trace(each.trace, each.at, each.function, each.subject),
    )
    return _Told(finding=finding, at=each.at)


def _unseen(endpoint: Endpoint, each: Input) -> _Told:
    finding = model_rules.Unjudged.finding(
        f"{_name(endpoint)} takes {each.way.value}: got `{each.subject}`, whose fields can't be told",
        fix="put its file under code.paths, or write the model out: gatekeeper manifest generate --pydantic",
        at=location(each.at),
    )
    return _Told(finding=finding, at=each.at)


def _unread(endpoint: Endpoint) -> _Told:
    finding = model_rules.Unjudged.finding(
        f"{_name(endpoint)} asks a model, and how it takes its input can't be told; expected a Pydantic model",
        fix="take the model as the parameter, or call its model_validate on what the request says",
        at=location(endpoint.entry.at),
    )
    return _Told(finding=finding, at=endpoint.entry.at)


def _loosened(each: Input) -> _Told:
    finding = model_rules.NotStrict.finding(
        f"`{each.subject}` validates with strict=False, whatever the model says; expected strict=True",
        fix="delete strict=False",
        at=location(each.at),
    )
    return _Told(finding=finding, at=each.at)


def _of_models(validation: Validation, expected: Mapping[str, Expected] | None) -> Iterator[_Told]:
    inputs = [each for endpoint in validation.endpoints for each in endpoint.inputs if each.model]
    for finding, at in of_models(validation.models, inputs, expected):
        yield _Told(finding=finding, at=at)


_REPAIRS: Mapping[Mending, type[Rule]] = {
    Mending.SENTINEL: repair_rules.SentinelDefault,
    Mending.SWALLOWED: repair_rules.ExceptionSwallowed,
}


def _of_repairs(repairs: Iterable[Repair]) -> Iterator[_Told]:
    for each in repairs:
        rule = _REPAIRS.get(each.kind, repair_rules.SilentRepair)
        message, fix = repair_words(each)
        trace = _trace(each.trace, each.at, each.function, each.subject)
        yield _Told(finding=rule.finding(message, fix=fix, at=location(each.at), trace=trace), at=each.at)


def _name(endpoint: Endpoint) -> str:
    framework = endpoint.entry.framework
    told = "named by the policy" if framework == "named" else f"of {framework}"
    return f"`{endpoint.entry.function}` ({told})"


def _trace(steps: tuple[Seen, ...], at: Place, function: str, subject: str) -> tuple[Step, ...]:
    """Return the way to a place, the place itself at its end; none where it is in the entry point itself."""
    if len(steps) < 2:
        return ()
    shown = tuple(Step(at=location(each.at), function=each.function, what=each.what) for each in steps)
    return (*shown, Step(at=location(at), function=function, what=subject))


def _own(suppression: Suppression) -> Suppression:
    """Return a suppression with the codes of this check alone."""
    codes = tuple(each for each in suppression.codes if each.partition("/")[0] == FAMILY)
    return Suppression(
        at=suppression.at, codes=codes, reason=suppression.reason, first=suppression.first, last=suppression.last
    )


def _judge(told: _Told, suppressions: list[Suppression], used: set[tuple[Suppression, str]]) -> Judged:
    for each in suppressions:
        if told.finding.code in each.codes and covers(each, told.at):
            used.add((each, told.finding.code))
            if each.reason:
                return Judged(finding=told.finding, suppressed=each)
    return Judged(finding=told.finding)


def _order(judged: Judged) -> tuple[str, str, int, int, str, str]:
    at = judged.finding.at
    return at.path, at.key or "", at.line or 0, at.column or 0, judged.finding.code, judged.finding.message
