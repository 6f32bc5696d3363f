"""Whether what the service answers follows an input as declared: the model may, and a discount after it may not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from gatekeeper.contract.manifest.domain import is_finite
from gatekeeper.contract.manifest.facts import Kind
from gatekeeper.contract.probing.space import Axis, Record, axes, scattered, usual
from gatekeeper.model import Finding, Scalar
from gatekeeper_checks.interpretability_manifest.asking import Reply, Service, command, shown, written
from gatekeeper_checks.interpretability_manifest.output_rules import NotMonotone
from gatekeeper_checks.interpretability_manifest.subject import Subject

_ROUNDING: Final = 1e-9
"""How far an answer may go the wrong way, relative to its size: a sum in another order."""

_STEPS: Final = 24


def followed(subject: Subject, service: Service, most: int, measured: dict[str, Scalar]) -> Iterator[Finding]:
    """Yield the promises of monotonicity that the service breaks; how each came out is put into `measured`.

    What the breaker's fallback answers follows nothing, and is passed over. So is what the bare model broke already.

    Args:
        subject: the manifest.
        service: the handler.
        most: records that it is asked for.
        measured: takes what was shown.

    Raises:
        ModelGone: it hung or died.
    """
    promised = [
        (name, feature, direction)
        for name, output in subject.manifest.outputs.items()
        for feature, direction in output.monotone.items()
        if feature in subject.manifest.requested and measured.get(f"{name} {direction} in {feature}") != "FAILED"
    ]
    for name, feature, direction in promised:
        lines = _lines(subject, feature, most // len(promised))
        replies = [service.ask(line) for line in lines]
        pairs, broken = _judged(subject, name, lines, replies, 1 if direction == "increasing" else -1)
        key = f"{name} {direction} in {feature}, service"
        if broken is not None:
            measured[key] = "FAILED"
            yield _broken(subject, name, feature, direction, broken)
        else:
            measured[key] = f"PROBED {pairs:,} pairs" if pairs else "NOT SHOWN: no two records were answered"


def _lines(subject: Subject, feature: str, most: int) -> list[list[Record]]:
    """Return lines of records that differ in one feature alone, from its smallest value to its largest."""
    space = axes(subject.manifest.requested, subject.baseline)
    axis = next(each for each in space if each.name == feature)
    values = _values(axis)
    bases = [usual(space), *scattered(space, max(0, most // len(values) - 1))]
    return [[{**base, feature: value} for value in values] for base in bases]


def _values(axis: Axis) -> list[int | float]:
    """Return the values of an axis, and more in equal steps: the training data need not reach to the domain's end."""
    known = [value for value in axis.values if isinstance(value, int | float)]
    low, high = known[0], known[-1]
    steps = [low + (high - low) * place / _STEPS for place in range(1, _STEPS)]
    return sorted({*known, *(map(int, steps) if axis.kind is Kind.INTEGER else steps)})


def _judged(
    subject: Subject, name: str, lines: Sequence[Sequence[Record]], replies: Sequence[Sequence[Reply]], sign: int
) -> tuple[int, tuple[Record, Record, float, float] | None]:
    """Return how many pairs were answered, and the first of them that goes the wrong way."""
    breaker = subject.manifest.breaker
    fallback = breaker.fallback.get(name) if breaker else None
    pairs = 0
    for line, answers in zip(lines, replies, strict=True):
        known = [
            (record, value)
            for record, reply in zip(line, answers, strict=True)
            if (value := _number(reply, name)) is not None and value != fallback
        ]
        for (before, low), (after, high) in itertools.pairwise(known):
            pairs += 1
            if sign * (low - high) > _ROUNDING * max(abs(low), abs(high)):
                return pairs, (before, after, low, high)
    return pairs, None


def _number(reply: Reply, name: str) -> float | None:
    """Return an answer that can be compared; what is none is told by the rules of the range."""
    value = (reply.outputs or {}).get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not is_finite(value):
        return None
    return float(value)


def _broken(
    subject: Subject, name: str, feature: str, direction: str, pair: tuple[Record, Record, float, float]
) -> Finding:
    before, after, low, high = pair
    return NotMonotone.finding(
        f"{name}: expected {direction} in {feature}; the service answers {shown(low)} and {shown(high)} to "
        f"{written(before)} and {written(after)}",
        fix=f"look at what the handler does with the model's answer, or delete the promise; see it again: "
        f"{command(after)}",
        at=subject.at(f"outputs.{name}.monotone.{feature}"),
    )
