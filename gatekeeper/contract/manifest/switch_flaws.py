"""What is wrong in a kill-switch: an operator there is not, a value it can't compare with, a feature nobody sends."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from gatekeeper.contract.manifest.conditions import Op, sort
from gatekeeper.contract.manifest.facts import Kind
from gatekeeper.words import did_you_mean

if TYPE_CHECKING:
    from gatekeeper.contract.manifest.facts import Condition, Input, KillSwitch, Manifest

Told: TypeAlias = tuple[str, str, str]
"""The key, what is wrong, and what to do."""

_NUMERIC: Final = {Op.ABOVE, Op.BELOW, Op.OUTSIDE}
_LISTS: Final = {Op.ONE_OF, Op.NOT_ONE_OF}
_SHARES: Final = {Op.MISSING_RATE, Op.OUTSIDE_RATE, Op.UNSEEN_RATE, Op.DISTANCE}
_SORTS: Final = {Kind.NUMBER: float, Kind.INTEGER: float, Kind.CATEGORY: str, Kind.TEXT: str, Kind.BOOLEAN: bool}


def switch_flaws(key: str, name: str, switch: KillSwitch, manifest: Manifest) -> Iterator[Told]:
    """Yield what is wrong with one kill-switch."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", name):
        yield key, f"{name[:60]!r} is no name in kebab-case", "write it with small letters, digits and -"
    yield from _condition(f"{key}.when", switch.when, manifest)


def _condition(key: str, condition: Condition, manifest: Manifest) -> Iterator[Told]:
    forms = [bool(condition.all), bool(condition.any), condition.not_ is not None, _is_test(condition)]
    if sum(forms) != 1:
        got = "nothing" if not any(forms) else "several of them"
        fix = "write {feature: NAME, op: OPERATOR, value: VALUE}, or one of all: [...], any: [...], not: {...}"
        yield key, f"got {got}, expected one test, or one of `all`, `any`, `not`", fix
        return
    if condition.not_ is not None:
        yield from _condition(f"{key}.not", condition.not_, manifest)
    elif _is_test(condition):
        yield from _test(key, condition, manifest)
    else:
        form, parts = ("all", condition.all) if condition.all else ("any", condition.any)
        for place, part in enumerate(parts):
            yield from _condition(f"{key}.{form}[{place}]", part, manifest)


def _is_test(condition: Condition) -> bool:
    return condition.feature is not None or condition.op is not None or condition.value is not None


def _test(key: str, condition: Condition, manifest: Manifest) -> Iterator[Told]:
    feature, op = condition.feature, condition.op
    if feature is None or op is None:
        absent = "feature" if feature is None else "op"
        yield key, f"{absent!r} is missing", f"add `{absent}:`"
        return
    known = manifest.requested
    if feature not in known:
        why = " that a request has" if feature in manifest.inputs else ""
        yield f"{key}.feature", f"{feature!r} is no input{why}", did_you_mean(feature, known)
        return
    if op not in set(Op):
        yield f"{key}.op", f"unknown operator {op[:60]!r}", did_you_mean(op, [str(each) for each in Op])
        return
    yield from _window(key, condition, Op(op))
    yield from _operator(key, Op(op), known[feature])
    yield from _value(key, condition, Op(op), known[feature])


def _window(key: str, condition: Condition, op: Op) -> Iterator[Told]:
    if op.windowed and condition.window is None:
        yield key, f"{op} looks at a window and has none", "add: window: 5m"
    if not op.windowed:
        for name in ("window", "at_least"):
            if getattr(condition, name) is not None:
                yield (
                    f"{key}.{name}",
                    f"{op} looks at one record",
                    f"delete the key; a rate is told by {Op.OUTSIDE_RATE}",
                )


def _operator(key: str, op: Op, each: Input) -> Iterator[Told]:
    if op in _NUMERIC and not each.of.measured:
        yield f"{key}.op", f"{op} compares numbers, the input is a {each.kind}", "use equal, one-of or not-one-of"
    if op is Op.UNSEEN_RATE and each.of is not Kind.CATEGORY:
        yield f"{key}.op", f"a {each.kind} has no categories", f"use {Op.OUTSIDE_RATE}"
    if op is Op.DISTANCE and each.of in {Kind.TEXT, Kind.BOOLEAN}:
        yield f"{key}.op", f"the distribution of a {each.kind} is not counted", "use another input"


def _value(key: str, condition: Condition, op: Op, each: Input) -> Iterator[Told]:
    key, value = f"{key}.value", condition.value
    values = value if isinstance(value, tuple) else (value,) if value is not None else ()
    if any(isinstance(one, float) and not math.isfinite(one) for one in values):
        yield key, "got infinity or NaN, expected a finite number", "write the number"
        return
    if op is Op.MISSING:
        if values:
            yield key, f"{op} compares with nothing", "delete the key"
    elif op in _SHARES:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
            yield key, f"got {_shown(value)}, expected a share: at least 0 and below 1", "write: 0.05"
    elif op is Op.OUTSIDE:
        if len(values) != 2 or not all(sort(one) is float for one in values):
            yield key, f"got {_shown(value)}, expected both limits", "write: [LOW, HIGH]"
        elif values[0] > values[1]:  # type: ignore[operator]  # both are numbers
            yield key, f"got {_shown(value)}, a range that holds nothing", "swap the limits"
    else:
        yield from _compared(key, value, op, _SORTS[each.of])


def _compared(key: str, value: object, op: Op, expected: type) -> Iterator[Told]:
    """Yield what is wrong with the value or the list that an input is compared with."""
    listed = isinstance(value, tuple)
    values = value if isinstance(value, tuple) else (value,)
    if listed is not (op in _LISTS) or not values or value is None:
        yield (
            key,
            f"got {_shown(value)}, expected {'a list' if op in _LISTS else 'one value'}",
            ("write: [A, B]" if op in _LISTS else "write one value"),
        )
    elif any(sort(one) is not expected for one in values):
        shown = {float: "a number", str: "text", bool: "true or false"}[expected]
        yield key, f"got {_shown(value)}, expected {shown}, as the input is", "write a value of the input's kind"
    elif "" in values:
        yield key, "the empty text is a missing value", f"use the operator {Op.MISSING}"


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    return repr(list(value) if isinstance(value, tuple) else value)[:80]
