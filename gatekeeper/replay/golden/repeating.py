"""Answers against answers to the same records: run twice, in a fresh process, one by one, in a batch, in another order.

Equal to the last bit is more than can be asked: a random forest with two threads adds its trees in the order in which
they are done, and differs from run to run by some ULP. What differs by less than the tolerance is told, and no fault.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from gatekeeper.replay.golden.describing import outputs_of, recorded, status_of
from gatekeeper.replay.golden.facts import ANY, OutputSpec
from gatekeeper.replay.golden.judging import OutputJudged, summed
from gatekeeper.replay.golden.tolerance import Compared, compare
from gatekeeper.replay.observed import Answer, Value


class Sameness(StrEnum):
    """How much alike answers are; from the most to the least."""

    BITWISE = "bitwise equal"
    WITHIN = "within the tolerance"
    BEYOND = "beyond the tolerance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """Two series of answers to the same records.

    Attributes:
        sameness: of all of them.
        outputs: those that are not bitwise equal.
        differing: how many records are not bitwise equal.
        ulp: the most, over the worst element of each output; None where none differs, or ULP say nothing.
        departures: what differs otherwise, a line each: "r003: status 200, then 500".
        noise: by output, the largest deviation relative to the value, and divided by the scale; 0 where it is equal.
    """

    sameness: Sameness
    outputs: tuple[OutputJudged, ...]
    differing: int
    ulp: int | None
    departures: tuple[str, ...]
    noise: Mapping[str, tuple[float, float]]


def repeatability(
    first: Sequence[Answer],
    second: Sequence[Answer],
    specs: Mapping[str, OutputSpec] | None = None,
    *,
    ids: Sequence[str] | None = None,
) -> Repeated:
    """Return how much alike two series of answers to the same records are.

    Args:
        first: What is measured against.
        second: Answers to the same records in the same order.
        specs: What is allowed to each output; None to take their scale from `first`.
        ids: What the records are called; by default r001, r002, ...
    """
    names = ids or [f"r{number:03}" for number in range(1, len(first) + 1)]
    known = outputs_of(recorded([({}, ())] * len(first), first)) if specs is None else dict(specs)
    compared: dict[str, dict[str, Compared]] = {}
    departures = [] if len(first) == len(second) else [f"{len(first)} answers, then {len(second)}"]
    differing: set[str] = set()
    for name, one, other in zip(names, first, second, strict=False):
        told = _departures(one, other)
        departures += [f"{name}: {each}" for each in told]
        outputs = _differing(one.outputs or {}, other.outputs or {})
        if told or outputs:
            differing.add(name)
        for output in outputs:
            # what was answered twice is the same NaN, whatever golden records may hold
            spec = msgspec.structs.replace(known.get(output) or OutputSpec(dtype=ANY), nonfinite=True)
            found = compare((one.outputs or {})[output], (other.outputs or {})[output], spec)
            compared.setdefault(output, {})[name] = found
            if found.problem is not None:
                departures.append(f"{name}: {output} {found.said}")
    every = {name for each in first for name in each.outputs or {}}
    return _repeated(compared, known, differing, departures, sorted(every))


def _repeated(
    compared: Mapping[str, Mapping[str, Compared]],
    known: Mapping[str, OutputSpec],
    differing: set[str],
    departures: list[str],
    every: Sequence[str],
) -> Repeated:
    outputs = tuple(summed(name, known.get(name) or OutputSpec(dtype=ANY), each) for name, each in compared.items())
    beyond = bool(departures) or any(each.above for each in outputs)
    steps = [found.ulp for each in compared.values() for found in each.values() if found.ulp is not None]
    noise = dict.fromkeys(every, (0.0, 0.0))
    for name, each in compared.items():
        scale = (known.get(name) or OutputSpec(dtype=ANY)).scale
        relative = max(found.largest_relative for found in each.values())
        absolute = max(found.largest_absolute for found in each.values())
        noise[name] = (relative, absolute / scale if scale else 0.0)
    return Repeated(
        sameness=Sameness.BEYOND if beyond else Sameness.WITHIN if differing else Sameness.BITWISE,
        outputs=outputs,
        differing=len(differing),
        ulp=max(steps, default=None),
        departures=tuple(departures),
        noise=noise,
    )


def _departures(one: Answer, other: Answer) -> list[str]:
    faults = [each.fault.type if each.fault else "no exception" for each in (one, other)]
    told = [f"{faults[0]}, then {faults[1]}"] if faults[0] != faults[1] else []
    if status_of(one) != status_of(other):
        told.append(f"status {status_of(one)}, then {status_of(other)}")
    names, again = set(one.outputs or {}), set(other.outputs or {})
    if names != again:
        told.append(f"outputs {sorted(names)[:8]}, then {sorted(again)[:8]}")
    return told


def _differing(one: Mapping[str, Value], other: Mapping[str, Value]) -> list[str]:
    return [name for name in one if name in other and not is_identical(one[name], other[name])]


def is_identical(one: Value, other: Value) -> bool:
    """Return whether two values are equal to the last bit: in type, shape, the sign of zeros, and NaN where NaN is."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if not isinstance(one.values, tuple) and not isinstance(other.values, tuple):
        return one.values.tobytes() == other.values.tobytes()
    return [_bits(each) for each in _listed(one)] == [_bits(each) for each in _listed(other)]


def _listed(value: Value) -> Sequence[Any]:
    return value.values if isinstance(value.values, tuple) else value.values.reshape(-1).tolist()


def _bits(each: Any) -> Any:
    return each.hex() if isinstance(each, float) else (type(each), each)


def noisier(spec: OutputSpec, noise: tuple[float, float]) -> OutputSpec:
    """Return what the header says of an output, with noise that was measured: the larger of old and new.

    Noise that is infinite, as beside a golden 0, is no number that a header holds, and is left out.
    """
    known = (spec.noise_relative, spec.noise_scale)
    relative, by_scale = (
        max(new, old or 0.0) if math.isfinite(new) else old for new, old in zip(noise, known, strict=True)
    )
    return msgspec.structs.replace(spec, noise_relative=relative, noise_scale=by_scale)
