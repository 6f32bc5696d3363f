"""The verdict on memory: LEAK, CYCLE, BOUNDED CACHE or CLEAN, from numbers that are exact, and in one line why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gatekeeper.replay.inside.slopes import Growth

LEAK, CYCLE, BOUNDED, CLEAN = "LEAK", "CYCLE", "BOUNDED CACHE", "CLEAN"
_ORDER = (LEAK, CYCLE, BOUNDED, CLEAN)
_WORDS = {
    "tensors": "live tensors",
    "blocks": "blocks of Python's memory",
    "tensor_bytes": "bytes of tensors",
    "resident": "bytes of the process",
}
_EXACT = ("tensors", "tensor_bytes", "blocks")


class Found(NamedTuple):
    """A verdict, why, and who holds what."""

    verdict: str
    why: str
    holders: list[dict[str, Any]]


class Course(NamedTuple):
    """What is known beside the numbers.

    Attributes:
        requests: of the phase.
        made: of all phases until now.
        fresh: whether each was a new record.
        native: whether the process grew alone, and did so again when there were more requests.
        uncollected: tensors a request that only the collector freed.
    """

    requests: int
    made: int
    fresh: bool
    native: bool
    uncollected: float


def going_on(numbers: Mapping[str, Growth]) -> list[str]:
    """Return the exact numbers that grew and did not stop."""
    exact = [*_EXACT, *sorted(each for each in numbers if each.startswith("cuda"))]
    return [each for each in exact if each in numbers and numbers[each].goes_on]


def goes_on(numbers: Mapping[str, Growth]) -> bool:
    """Whether anything grew and did not stop."""
    return bool(going_on(numbers))


def worse(one: Found, other: Found) -> Found:
    """Return the worse of two verdicts; the first, where they are the same."""
    return one if _ORDER.index(one.verdict) <= _ORDER.index(other.verdict) else other


def found(numbers: Mapping[str, Growth], holders: list[dict[str, Any]], course: Course) -> Found:
    """Return the verdict on one phase.

    Args:
        numbers: How each went.
        holders: Who holds what, each with `limit`, and `grows`: whether it still did when asked again.
        course: What is known besides.
    """
    growing = going_on(numbers)
    unlimited = [each for each in holders if each["limit"] is None and each["grows"]]
    limited = [each for each in holders if each not in unlimited]
    if unlimited:
        return Found(LEAK, _grew(numbers, growing, unlimited, course), [*unlimited, *limited])
    if growing and not limited:
        return Found(LEAK, _grew(numbers, growing, holders, course), holders)
    if course.native:
        rate = _amount(numbers["resident"].rate)
        why = f"native memory: the process grows by {rate} bytes a request over {course.requests} requests and more"
        return Found(LEAK, f"{why}, and no object that Python counts is kept", holders)
    if course.uncollected:
        why = f"{_amount(course.uncollected)} tensors a request hang in cycles, which only the garbage collector frees"
        return Found(CYCLE, why, holders)
    if limited:
        return Found(BOUNDED, _stopped(numbers, limited, growing), limited)
    return Found(CLEAN, f"nothing is kept over {course.made} requests", [])


def _grew(numbers: Mapping[str, Growth], growing: list[str], holders: list[Any], course: Course) -> str:
    if not growing:
        first = holders[0]
        rate = _amount(first["count"] / max(1, course.made))
        return f"{first['path']} grows by {rate} entries a request over {course.made} requests"
    name = growing[0]
    subject = _WORDS.get(name, f"bytes that torch holds on {name}")
    return f"{subject} grow by {_amount(numbers[name].rate)} a request{_over(course)}"


def _over(course: Course) -> str:
    if course.fresh:
        return f", one for each new input, over {course.requests} requests"
    return f" over {course.requests} requests that repeat the same records"


def _stopped(numbers: Mapping[str, Growth], holders: list[Any], growing: list[str]) -> str:
    first = holders[0]
    if first["limit"] is not None:
        kept = f"{first['path']} keeps {first['count']} {first['holds']}"
        return f"{kept}, and holds at most {first['limit']} entries, as it says"
    until = max((numbers[each].until for each in _EXACT if numbers[each].rose > 0 and each not in growing), default=0)
    return f"{first['path']} kept {first['count']} and grew no more after {until} requests"


def _amount(number: float) -> str:
    return f"{number:,.2f}" if number < 100 else f"{number:,.0f}"
