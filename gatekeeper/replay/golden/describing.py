"""What a header says of inputs and outputs, worked out from the records; and the records made of answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gatekeeper.replay.golden import values
from gatekeeper.replay.golden.facts import ANY, WIDE, Golden, InputSpec, OutputSpec, Record
from gatekeeper.replay.observed import Answer, Value

REFUSED = 400
"""From this HTTP status on an answer is a refusal, and no output of the model."""


def recorded(
    inputs: Sequence[tuple[Mapping[str, Any], Sequence[str]]], answers: Sequence[Answer], *, first: int = 1
) -> tuple[Record, ...]:
    """Return records of inputs, each with what it was picked for, and of what was answered to them.

    Args:
        inputs: Each with the reasons why it was picked.
        answers: In their order.
        first: The number of the first one: they are called r001, r002, ...
    """
    return tuple(
        Record(id=f"r{number:03}", inputs=given, why=tuple(why), **_answered(answer))
        for number, ((given, why), answer) in enumerate(zip(inputs, answers, strict=True), start=first)
    )


def _answered(answer: Answer) -> dict[str, Any]:
    status = status_of(answer)
    if answer.fault is not None:
        return {"outputs": None, "status": status, "fault": answer.fault.type}
    refused = status is not None and status >= REFUSED
    outputs = None if refused or answer.outputs is None else answer.outputs
    return {"outputs": outputs, "status": status}


def status_of(answer: Answer) -> int | None:
    """Return the HTTP status of an answer, be it returned or carried by an exception."""
    if answer.status is None and answer.fault is not None:
        return answer.fault.status
    return answer.status


def outputs_of(records: Iterable[Record], *, loose: bool = False) -> dict[str, OutputSpec]:
    """Return what a header says of the outputs: type and shape where all records agree, scale, NaN and infinity.

    The scale is the root mean square of the finite numbers of an output over all records.

    Args:
        records: All of them.
        loose: Whether numbers were written by hand: 7 beside 7.5 is a float.
    """
    found: dict[str, list[Value]] = {}
    for each in records:
        for outputs in (each.outputs or {}, *each.devices.values()):
            for name, value in outputs.items():
                found.setdefault(name, []).append(value)
    return {name: _output(several, loose=loose) for name, several in found.items()}


def _output(several: Sequence[Value], *, loose: bool) -> OutputSpec:
    dtypes = {each.dtype for each in several}
    is_mixed = loose and dtypes == {"int", "float"}
    counted = [each for each in several if is_float(each.dtype) or is_mixed]
    numbers = [float(number) for each in counted for number in values.exact(each)]
    return OutputSpec(
        dtype="float" if is_mixed else dtypes.pop() if len(dtypes) == 1 else ANY,
        shape=_agreed([each.shape for each in several], None),
        scale=scale(numbers),
        nonfinite=not all(map(math.isfinite, numbers)),
    )


def is_float(dtype: str) -> bool:
    """Return whether values of a type are compared with a tolerance."""
    return "float" in dtype


def scale(numbers: Sequence[float]) -> float | None:
    """Return the root mean square of the numbers that are finite; None where there are none.

    It is taken of shares of the largest one, so that the square of 1e200 does not overflow.
    """
    finite = [abs(each) for each in numbers if math.isfinite(each)]
    largest = max(finite, default=0.0)
    if not finite or largest == 0.0:
        return 0.0 if finite else None
    return largest * math.sqrt(math.fsum((each / largest) ** 2 for each in finite) / len(finite))


def inputs_of(records: Iterable[Record]) -> dict[str, InputSpec]:
    """Return what a header says of the inputs."""
    found: dict[str, list[Any]] = {}
    for each in records:
        for name, value in each.inputs.items():
            found.setdefault(name, []).append(value)
    return {name: _input(several) for name, several in found.items()}


def _input(several: Sequence[Any]) -> InputSpec:
    tensors = [each for each in several if isinstance(each, Value)]
    if len(tensors) == len(several):
        dtype = _agreed([each.dtype for each in tensors], ANY)
        if dtype not in WIDE:
            return InputSpec(dtype=ANY)
        return InputSpec(dtype=dtype, shape=_agreed([each.shape for each in tensors], None))
    kinds = {values.inferred([each]) for each in several if each is not None}
    return InputSpec(dtype=kinds.pop() if len(kinds) == 1 and not tensors else "null" if not kinds else ANY)


def _agreed(said: Sequence[Any], else_: Any) -> Any:
    return said[0] if all(each == said[0] for each in said) else else_


def specs(golden: Golden) -> dict[str, OutputSpec]:
    """Return what is known of the outputs: the header's word, or what the records show where there is none."""
    if golden.header is not None:
        return dict(golden.header.outputs)
    return outputs_of(golden.records, loose=True)
