"""What a test says, in the words of a person."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from gatekeeper.contract.baseline.decision import Comparison, Judged, Significance, Status
from gatekeeper.contract.baseline.facts import Feature, Kind, Number

_DIGITS = 4


def alarm(feature: Feature, judged: Judged, test: Significance) -> str:
    """Return what the alarm is, with the value that was got and the one that was expected."""
    rates = judged.rates
    match test.statistic:
        case "missing":
            got, before = percent(rates.missing[1]), percent(rates.missing[0])
            return f"{got} of the rows have no value{_mistyped(judged)}; baseline {before}"
        case "infinite":
            return f"{percent(rates.infinite[1])} of the rows are infinite; baseline {percent(rates.infinite[0])}"
        case "outside":
            low, high = number(feature, feature.min), number(feature, feature.max)
            return f"{percent(rates.outside)} of the values lie outside the baseline's {low} to {high}"
        case "unseen":
            named = f": {', '.join(map(repr, judged.examples))}" if judged.examples else ""
            before = f"; baseline {percent(rates.unseen[0])}" if rates.unseen[0] else ""
            return f"{percent(rates.unseen[1])} of the values are of no category that the baseline names{named}{before}"
        case "repeated":
            return f"one value makes up {percent(test.value)} more of the rows than any did in the baseline"
        case "shift":
            side = "larger" if test.value > 0 else "smaller"
            return f"values are {side}: {percent(0.5 + abs(test.value))} of random pairs say so, expected 50 %"
        case "spread":
            return f"values are spread {ratio(test.value)} as wide"
        case _:
            return f"the distribution differs: D = {test.value:.3f}, limit {test.limit:.3f}"


def why_not(judged: Judged) -> str:
    """Return why nothing can be said of a column."""
    if not judged.m:
        return "the baseline has no value of it to compare with"
    if judged.blind:
        return (
            "the blocks of the training data differ so much that not even a shift by a whole standard deviation would "
            "be told; if it follows the calendar, build the baseline with --range-only"
        )
    if judged.needed is None:
        return f"the baseline's {judged.m:,} values are too few to tell a shift by half a standard deviation"
    return f"{judged.n:,} values, {judged.needed:,} are needed to tell a shift by half a standard deviation"


def verdict(comparison: Comparison) -> str:
    """Return the whole comparison as one sentence."""
    total = len(comparison.features)
    drifted = [each.name for each in comparison.features if each.status is Status.DRIFT]
    weak = [each.name for each in comparison.features if each.status is Status.UNDERPOWERED]
    columns = f"{total} column{'' if total == 1 else 's'}"
    if drifted:
        also = f"; {len(weak)} can't be told" if weak else ""
        return f"DRIFT: {len(drifted)} of {columns} ({_listed(drifted)}){also}"
    if comparison.underpowered:
        others = ", no drift in the others" if len(weak) < total else ""
        return f"CAN'T TELL: {len(weak)} of {columns} ({_listed(weak)}){others}"
    return f"NO DRIFT: {columns}, {comparison.rows:,} rows, {comparison.tests} tests"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _mistyped(judged: Judged) -> str:
    return f" ({judged.mistyped:,} are of another type)" if judged.mistyped else ""


def percent(share: float) -> str:
    """Return a share with as many digits as it takes to be none of 0 and 100, unless it is."""
    value = share * 100
    if 0 < value < 0.1 or 99.9 < value < 100:
        return f"{value:.2g} %" if value < 1 else f"{value:.4g} %"
    return f"{value:.1f} %"


def ratio(effect: float) -> str:
    """Return the factor of the standard deviation that a normal distribution with this spread would have."""
    angle = math.pi * min(0.499, max(0.001, effect + 0.25))
    return f"{math.tan(angle):.2f} times"


def _day(microseconds: Number) -> str:
    """Return the day; a time that no calendar of people has, as the microseconds that it is."""
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(microseconds))).date().isoformat()
    except OverflowError:
        return f"{microseconds:,} us"


def number(feature: Feature, value: Number | None) -> str:
    """Return a value of a column for people: a date for times, else a few digits and the unit."""
    if value is None:
        return "-"
    if feature.kind is Kind.DATETIME:
        return _day(value)
    text = f"{value:,}" if isinstance(value, int) else f"{value:.{_DIGITS}g}"
    return f"{text} {feature.unit}" if feature.unit else text
