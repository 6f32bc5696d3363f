"""What a manifest says, in the words of a person: each condition can be read back from its sentence.

Names stand in backticks, texts in double quotes as JSON writes them, numbers in full. "No value" is what is absent,
null, the empty text or NaN; a number is finite.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Final

from gatekeeper.contract.manifest.conditions import Every, Formula, Op, Test, formula, sort
from gatekeeper.contract.manifest.facts import Breaker, Confidence, Input, KillSwitch, Kind, Manifest, Output, Scalar

_KINDS: Final = {
    Kind.NUMBER: "a number",
    Kind.INTEGER: "a whole number",
    Kind.CATEGORY: "a category",
    Kind.BOOLEAN: "true or false",
    Kind.TEXT: "a text that is not empty",
}
_SORTS: Final = {float: ("number", "numbers"), str: ("text", "texts"), bool: ("truth value", "truth values")}
_UNITS: Final = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_ACTIONS: Final = {
    "reject": "the request is refused",
    "safe-mode": "the safe answer is given instead of the model's",
    "alert": "people are told, and the request is answered all the same",
}
_MOST: Final = 20
"""Categories that a sentence names."""


def prose(manifest: Manifest) -> str:
    """Return the whole manifest as text: a heading, and a sentence a line."""
    lines = [f"{manifest.model.name} {manifest.model.version}, of {manifest.owner.team}", ""]
    lines += ["What it is asked:", *(f"- {input_sentence(name, each)}" for name, each in manifest.inputs.items()), ""]
    lines += ["What it answers:", *(f"- {output_sentence(name, each)}" for name, each in manifest.outputs.items())]
    if manifest.confidence is not None:
        lines.append(f"- {confidence_sentence(manifest.confidence)}")
    if manifest.kill_switches:
        lines += ["", "When it is not asked:"]
        lines += [f"- {switch_sentence(name, each)}" for name, each in manifest.kill_switches.items()]
    if manifest.breaker is not None:
        lines += ["", "When it is asked no more:", f"- {breaker_sentence(manifest.breaker)}"]
    return "\n".join(lines) + "\n"


def input_sentence(name: str, each: Input) -> str:
    """Return what an input may be, and what is done without it."""
    if each.derived:
        return f"`{name}` is {_KINDS[each.of]} that the service works out itself; no request has it."
    parts = [f"`{name}` is {_KINDS[each.of]}{_range(each.min, each.max)}{_unit(each.unit)}"]
    if each.vocabulary:
        parts.append(f"one of {_listed(each.vocabulary)}")
    sentence = ", ".join(parts)
    for what, treatment in (("missing", each.missing), ("of an unknown category", each.unknown)):
        if treatment == "reject":
            sentence += f"; when it is {what} the request is refused"
        elif treatment == "default" and each.default is not None:
            sentence += f"; when it is {what} the safe value {value(each.default)} stands for it"
    return f"{sentence}."


def output_sentence(name: str, each: Output) -> str:
    """Return what an output may be."""
    if each.type == "class":
        return f"`{name}` is one of the classes {_listed(each.classes)}."
    sentence = f"`{name}` is a number{_range(each.min, each.max)}{_unit(each.unit)}"
    if each.max_ratio_to_mean is not None:
        mean = f"the mean {value(each.mean)}" if each.mean is not None else "the mean of the baseline's predictions"
        sentence += f", at most {value(each.max_ratio_to_mean)} times {mean}"
    for other, direction in each.monotone.items():
        way = "rises" if direction == "increasing" else "falls"
        sentence += f"; it never {'falls' if way == 'rises' else 'rises'} when `{other}` alone rises"
    return f"{sentence}."


def confidence_sentence(confidence: Confidence) -> str:
    """Return when an answer is not sure, and how many may be so."""
    side = "above" if confidence.larger_is_worse else "below"
    return (
        f"Beside it stands `{confidence.field}` ({confidence.metric}): {side} {value(confidence.limit)}, or where "
        f"there is none, the answer is not sure. People are told when more than {value(confidence.share)} of the "
        f"answers within {duration_of(confidence.window)} are not."
    )


def breaker_sentence(breaker: Breaker) -> str:
    """Return when the breaker opens, what is answered then, and how it closes."""
    answers = ", ".join(f"`{name}` = {value(each)}" for name, each in breaker.fallback.items())
    return (
        f"After {breaker.open_after} wrong answers of the last {breaker.of_last} (NaN, out of range, absent, or the "
        f"model raised) the answer is {answers}. After {duration_of(breaker.cooldown)} the model is tried with the "
        f"golden records; when it is right it is asked again. Somebody is called when that takes longer than "
        f"{duration_of(breaker.page_after)}."
    )


def switch_sentence(name: str, switch: KillSwitch) -> str:
    """Return what is done when, and why."""
    why = f" ({' '.join(switch.reason.split())})" if switch.reason else ""
    return f"`{name}`{why}: {_ACTIONS[switch.action]} unless {condition_sentence(formula(switch.when))}."


def condition_sentence(of: Formula) -> str:
    """Return what must be the case for a formula not to trip.

    A formula that trips when every part does is safe when one part is, and the other way round.
    """
    if isinstance(of, Test):
        return test_sentence(of)
    joint = "or" if isinstance(of, Every) else "and"
    parts = f" {joint} ".join(f"({condition_sentence(part)})" for part in of.parts)
    return f"{'at least one of these holds' if joint == 'or' else 'all of these hold'}: {parts}"


def test_sentence(test: Test) -> str:
    """Return what must be the case for one test not to trip."""
    name = f"`{test.feature}`"
    if test.op is Op.MISSING:
        return f"{name} has {'no' if test.opposite else 'a'} value"
    if test.op.windowed:
        return _window_sentence(test)
    return f"{name} is {_safe(test)}"


def _safe(test: Test) -> str:
    first, last = value(test.values[0]), value(test.values[-1])
    match test.op, test.opposite:
        case Op.ABOVE, False:
            return f"a number and at most {first}"
        case Op.ABOVE, True:
            return f"a number and above {first}"
        case Op.BELOW, False:
            return f"a number and at least {first}"
        case Op.BELOW, True:
            return f"a number and below {first}"
        case Op.OUTSIDE, False:
            return f"a number from {first} to {last}"
        case Op.OUTSIDE, True:
            return f"a number below {first} or above {last}"
        case _:
            return _among(test)


def _among(test: Test) -> str:
    one, many = _SORTS[sort(test.values[0])]
    listed = ", ".join(value(each) for each in test.values)
    if (test.op is Op.NOT_ONE_OF) is test.opposite:
        return f"a {one} and none of {listed}"
    return f"one of the {many} {listed}"


_MEASURED: Final = {
    Op.MISSING_RATE: "the share of records without a value of {}",
    Op.OUTSIDE_RATE: "the share of records whose {} is outside its domain or of another type",
    Op.UNSEEN_RATE: "the share of records whose {} is of no known category",
    Op.DISTANCE: "the distance of {} from its baseline",
}


def _window_sentence(test: Test) -> str:
    measured = _MEASURED[test.op].format(f"`{test.feature}`")
    side = "above" if test.opposite else "at most"
    return (
        f"within {duration(test.window or 0)} {measured} is {side} {value(test.values[0])}, or there are fewer than "
        f"{test.at_least} records"
    )


def duration(seconds: int) -> str:
    """Return a duration in the largest unit that holds it whole."""
    for unit, length in _UNITS:
        if seconds % length == 0 and seconds:
            return f"{seconds // length} {unit}{'' if seconds == length else 's'}"
    return f"{seconds} seconds"


def duration_of(written: str) -> str:
    """Return a duration such as `5m` in words."""
    units = {"s": "second", "m": "minute", "h": "hour", "d": "day"}
    count = int(written[:-1])
    return f"{count} {units[written[-1]]}{'' if count == 1 else 's'}"


def value(of: Scalar) -> str:
    """Return a value: a text in quotes, a number in full and without an exponent, `true` or `false`."""
    if isinstance(of, str | bool):
        return json.dumps(of)
    return str(int(of)) if of % 1 == 0 else format(Decimal(repr(of)), "f")


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {value(low)} to {value(high)}"
    if low is not None:
        return f" of at least {value(low)}"
    return f" of at most {value(high)}" if high is not None else ""


def _unit(unit: str | None) -> str:
    return f" (in {unit})" if unit else ""


def _listed(values: tuple[str, ...]) -> str:
    shown = ", ".join(value(each) for each in values[:_MOST])
    return shown if len(values) <= _MOST else f"{shown} and {len(values) - _MOST:,} others"
