"""Golden values of another device, beside those that are there: the same records, and what is answered otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from gatekeeper.errors import Unreadable
from gatekeeper.replay.golden.describing import REFUSED, outputs_of, status_of
from gatekeeper.replay.golden.facts import Golden, Record
from gatekeeper.replay.golden.repeating import is_identical
from gatekeeper.replay.observed import Answer, Value

_ANEW = "the devices do not answer alike: mend the handler, or take the request out and record the set anew"


def adds_a_device(before: Golden, device: str) -> bool:
    """Return whether values of a device are added to a golden set, which is then not recorded anew.

    That is so where it holds values of the processor, and another device is to be asked.
    """
    return device != "cpu" and before.header is not None and "cpu" in before.header.devices


def must_be_of(before: Golden, predictor: str, artifacts: Mapping[str, str]) -> None:
    """Refuse to add to a golden set of another model.

    Args:
        before: The set, with a header.
        predictor: As the policy names it, else "artifact".
        artifacts: Digests by path.

    Raises:
        Unreadable: it was recorded from something else.
    """
    assert before.header is not None
    if before.header.predictor != predictor or before.header.artifacts != dict(artifacts):
        what = "the golden records are those of another model or predictor: values of a device would not belong to them"
        raise Unreadable(what, fix='record them anew first: gatekeeper golden record . --inputs FILE --reason "..."')


def with_device(before: Golden, answers: Sequence[Answer], *, device: str, runtime: Mapping[str, str]) -> Golden:
    """Return a golden set with a device's own values where they are not the same to the last bit.

    Nothing else changes: neither the requests, nor the values for every other device, nor what is allowed.

    Args:
        before: The set, with a header.
        answers: Of the device, in the order of the records.
        device: As golden records name it: "cuda:NVIDIA H200".
        runtime: What computed there, for the header.

    Raises:
        Unreadable: the device refuses, raises or leaves out what is answered elsewhere, or answers another type or
            shape, or NaN where none may stand.
    """
    header = before.header
    assert header is not None
    if len(answers) != len(before.records):
        raise Unreadable(f"{len(answers)} answers came, expected {len(before.records)}", fix="mend the handler")
    records = tuple(
        replace(each, devices=_devices(each, device, _own(each, answer, device)))
        for each, answer in zip(before.records, answers, strict=True)
    )
    found = outputs_of(records)
    strange = [name for name, spec in header.outputs.items() if not spec.nonfinite and found[name].nonfinite]
    if strange:
        raise Unreadable(f"NaN or infinity is answered on {device} as {', '.join(strange)}", fix=_ANEW)
    devices = {**header.devices, device: dict(runtime)}
    return Golden(header=msgspec.structs.replace(header, devices=devices), records=records)


def as_answered(golden: Golden, device: str) -> tuple[Record, ...]:
    """Return the records with the answers of one device as those of every device, to be held against the others."""
    return tuple(replace(each, outputs=each.expected(device)[0]) for each in golden.records)


def _devices(record: Record, device: str, own: Mapping[str, Value]) -> dict[str, Mapping[str, Value]]:
    others = {name: each for name, each in record.devices.items() if name != device}
    return {**others, device: own} if own else others


def _own(record: Record, answer: Answer, device: str) -> dict[str, Value]:
    """Return the outputs that a device answers otherwise."""
    fault = answer.fault.type if answer.fault else None
    status = status_of(answer)
    if fault != record.fault or status != record.status:
        said = [fault or f"the status {status}", record.fault or f"the status {record.status}"]
        raise Unreadable(f"{record.id}: got {said[0]} on {device}, expected {said[1]}", fix=_ANEW)
    if fault is not None or (status or 0) >= REFUSED or record.outputs is None:
        return {}
    given = answer.outputs or {}
    if set(given) != set(record.outputs):
        names = [", ".join(sorted(each)[:8]) or "nothing" for each in (given, record.outputs)]
        raise Unreadable(f"{record.id}: answers {names[0]} on {device}, expected {names[1]}", fix=_ANEW)
    own = {name: given[name] for name, value in record.outputs.items() if not is_identical(value, given[name])}
    for name, value in own.items():
        wanted = record.outputs[name]
        if (value.dtype, value.shape) != (wanted.dtype, wanted.shape):
            said = [f"{each.dtype} of the shape {list(each.shape)}" for each in (value, wanted)]
            raise Unreadable(f"{record.id}: {name} is {said[0]} on {device}, expected {said[1]}", fix=_ANEW)
    return own
