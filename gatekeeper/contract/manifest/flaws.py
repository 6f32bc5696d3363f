"""What is wrong in a manifest by itself: ranges that hold nothing, unknown units, values of the wrong type."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from gatekeeper.contract.manifest.facts import Breaker, Input, Kind, Manifest, Output, is_proper
from gatekeeper.contract.manifest.switch_flaws import switch_flaws
from gatekeeper.contract.manifest.units import is_unit, known_units
from gatekeeper.words import suggestion

MOST_CATEGORIES: Final = 10_000
"""Categories that an input may name; more are no vocabulary but a table, and every generated file would repeat it."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One problem: at which key, what it is, and what to do."""

    key: str
    what: str
    fix: str


def flaws(manifest: Manifest) -> Iterator[Flaw]:
    """Yield every problem of a manifest that its types don't tell."""
    for key, blocks in (("outputs", manifest.outputs), ("inputs", manifest.inputs)):
        if not blocks:
            yield Flaw(key, "there is none", f"name each one: {key}: {{NAME: {{...}}}}")
        yield from (_name(key, name) for name in blocks if not _is_name(name))
    for name, output in manifest.outputs.items():
        yield from _output(f"outputs.{name}", output, manifest)
    for name, each in manifest.inputs.items():
        yield from _input(f"inputs.{name}", each)
    for name, switch in manifest.kill_switches.items():
        key = f"kill_switches.{name}"
        yield from (Flaw(at, what, fix) for at, what, fix in switch_flaws(key, name, switch, manifest))
    if manifest.breaker is not None:
        yield from _breaker(manifest.breaker, manifest.outputs)
    if manifest.confidence is not None:
        yield from _finite("confidence.limit", manifest.confidence.limit)
    yield from _days(manifest)


def _is_name(name: str) -> bool:
    return name.isidentifier() and name.isascii() and len(name) <= 63


def _name(key: str, name: str) -> Flaw:
    what = f"{name[:60]!r} is no name that Python and PromQL take"
    return Flaw(f"{key}.{name}", what, "write it with letters, digits and _, as the model has it")


def _finite(key: str, value: float | None) -> Iterator[Flaw]:
    if value is not None and not math.isfinite(value):
        yield Flaw(key, f"got {value}, expected a finite number", "write the number, or delete the key")


def _range(key: str, low: float | None, high: float | None) -> Iterator[Flaw]:
    yield from _finite(f"{key}.min", low)
    yield from _finite(f"{key}.max", high)
    if low is not None and high is not None and low > high:
        yield Flaw(f"{key}.min", f"got {low:g} to {high:g}, a range that holds nothing", "swap min and max")


def _unit(key: str, unit: str | None) -> Iterator[Flaw]:
    if unit is None or is_unit(unit):
        return
    meant = suggestion(unit, known_units())
    fix = f"did you mean {meant!r}? What is counted stands in braces: {{{unit[:20]}}}".replace("{{", "{")
    yield Flaw(
        f"{key}.unit",
        f"{unit[:60]!r} is no unit",
        fix if meant else f'write what is counted in braces: "{{{unit[:20]}}}"',
    )


def _output(key: str, output: Output, manifest: Manifest) -> Iterator[Flaw]:
    yield from _range(key, output.min, output.max)
    yield from _unit(key, output.unit)
    yield from _finite(f"{key}.mean", output.mean)
    if not output.finite:
        yield Flaw(f"{key}.finite", "got false: an answer that is no number can't be judged", "delete the key")
    ratio = output.max_ratio_to_mean
    if ratio is not None and not (math.isfinite(ratio) and ratio > 0):
        yield Flaw(f"{key}.max_ratio_to_mean", f"got {ratio:g}, expected a number above 0", "write a multiple: 5.0")
    if output.type == "class":
        yield from _classes(key, output)
    elif output.classes:
        yield Flaw(f"{key}.classes", "a number has no classes", "write `type: class`, or delete the key")
    for name in output.monotone:
        if name not in manifest.inputs:
            meant = suggestion(name, manifest.inputs)
            yield Flaw(
                f"{key}.monotone.{name}",
                f"{name!r} is no input",
                f"did you mean {meant!r}?" if meant else f"one of: {', '.join(manifest.inputs)}",
            )
        elif not manifest.inputs[name].of.measured:
            yield Flaw(f"{key}.monotone.{name}", f"{name!r} has no order", "name a number")


def _classes(key: str, output: Output) -> Iterator[Flaw]:
    if not output.classes:
        yield Flaw(key, "a class without `classes`", "add: classes: [...], in the model's order")
    if len(set(output.classes)) != len(output.classes):
        yield Flaw(f"{key}.classes", "a class is there twice", "keep one of them")
    for name in ("min", "max", "max_ratio_to_mean"):
        if getattr(output, name) is not None:
            yield Flaw(f"{key}.{name}", "a class has no range", "delete the key, or write `type: number`")


def _input(key: str, each: Input) -> Iterator[Flaw]:
    yield from _range(key, each.min, each.max)
    yield from _unit(key, each.unit)
    if not each.of.measured and (each.min is not None or each.max is not None):
        yield Flaw(key, f"a {each.kind} has no range", "delete min and max, or write `kind: number`")
    if each.of is not Kind.CATEGORY:
        if each.vocabulary:
            yield Flaw(f"{key}.vocabulary", f"a {each.kind} has no vocabulary", "write `kind: category`")
        if each.unknown is not None:
            yield Flaw(
                f"{key}.unknown", f"a {each.kind} has no categories", "delete the key, or write `kind: category`"
            )
    yield from _vocabulary(key, each)
    yield from _default(key, each)


def _vocabulary(key: str, each: Input) -> Iterator[Flaw]:
    if len(each.vocabulary) > MOST_CATEGORIES:
        what = f"has {len(each.vocabulary):,} categories, expected at most {MOST_CATEGORIES:,}"
        yield Flaw(f"{key}.vocabulary", what, "write `kind: text`, or group the rare ones in the service")
    if len(set(each.vocabulary)) != len(each.vocabulary):
        yield Flaw(f"{key}.vocabulary", "a category is there twice", "keep one of them")
    if "" in each.vocabulary:
        yield Flaw(f"{key}.vocabulary", "the empty text is no category: it is a missing value", "delete it")


_TYPES: Final[Mapping[Kind, tuple[type, ...]]] = {
    Kind.NUMBER: (int, float),
    Kind.INTEGER: (int,),
    Kind.CATEGORY: (str,),
    Kind.BOOLEAN: (bool,),
    Kind.TEXT: (str,),
}


def _default(key: str, each: Input) -> Iterator[Flaw]:
    promised = "default" in {each.missing, each.unknown}
    if promised and each.default is None:
        yield Flaw(key, "promises a safe default and has none", "add: default: VALUE, or write `reject`")
    if each.default is None:
        return
    right = isinstance(each.default, _TYPES[each.of]) and isinstance(each.default, bool) is (each.of is Kind.BOOLEAN)
    if not right or not is_proper(each.default):
        yield Flaw(f"{key}.default", f"got {each.default!r}, expected a {each.kind}", "write a value of the kind")
    if not promised:
        yield Flaw(f"{key}.default", "nothing takes the safe default", "write `missing: default`, or delete the key")


def _breaker(breaker: Breaker, outputs: Mapping[str, Output]) -> Iterator[Flaw]:
    if breaker.open_after > breaker.of_last:
        what = f"opens after {breaker.open_after} of the last {breaker.of_last} values, which can never be"
        yield Flaw("breaker.open_after", what, "write at most as many as `of_last`")
    for name in outputs:
        if name not in breaker.fallback:
            yield Flaw("breaker.fallback", f"has no value for the output {name!r}", f"add: {name}: VALUE")
    for name, value in breaker.fallback.items():
        if name not in outputs:
            yield Flaw(f"breaker.fallback.{name}", f"{name!r} is no output", f"one of: {', '.join(outputs)}")
        elif not is_proper(value) or isinstance(value, str) is (outputs[name].type == "number"):
            yield Flaw(
                f"breaker.fallback.{name}", f"got {value!r}, expected a {outputs[name].type}", "change the value"
            )


def _days(manifest: Manifest) -> Iterator[Flaw]:
    days = {"review.day": manifest.review.day, "review.expires": manifest.review.expires}
    days |= {f"waivers[{place}].until": waiver.until for place, waiver in enumerate(manifest.waivers)}
    for key, text in days.items():
        try:
            date.fromisoformat(text)
        except ValueError:
            yield Flaw(key, f"{text} is a day that there is not", 'write one of the calendar, "2027-06-30"')
