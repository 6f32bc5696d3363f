"""What a replay measured, in short: as much of it as is drawn, kept from the check until the sign-off is written.

The check `golden-replay` puts it into the fact store of its run under `KEY`, as MessagePack of the types below: reading
it executes nothing, and bounds hold for whoever wrote it. It is no evidence, and nothing is judged by it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Final, Literal, TypeVar

import msgspec

from gatekeeper.errors import Unreadable
from gatekeeper.replay.golden.judging import Judged
from gatekeeper.replay.golden.tolerance import Kind
from gatekeeper.replay.observed import Sample, Stressed

KEY: Final = "gatekeeper.replay.figures: what golden-replay measured"
"""Under which it lies in the fact store of a run."""

SCHEMA: Final = "gatekeeper/replay-figures@1"
MOST_DEVIATIONS: Final = 5_000
MOST_BYTES: Final = 32 << 20
"""More than all bounds together allow."""

_MOST_DEVICES: Final = 4
_MOST_SAMPLES: Final = 48
"""Of each phase: a curve through more of them looks the same."""
_NAME: Final = 100
_LINE: Final = 2_000
_LARGEST: Final = (1 << 62) - 1
"""A count that the candidate's process told may be larger than what MessagePack holds."""

_T = TypeVar("_T")
_Name = Annotated[str, msgspec.Meta(max_length=_NAME)]
_Line = Annotated[str, msgspec.Meta(max_length=_LINE)]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class Deviating(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One golden record beside its answer.

    Attributes:
        record: its id.
        ratio: how many times its tolerance the answer is off, in the output that uses most of it; infinite where no
            number says by how much.
        output: which one; what is another than it was, where it is the whole answer.
    """

    record: _Name
    ratio: float
    output: _Name = ""


class OnDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was measured on one device.

    Attributes:
        device: "cpu", "cuda:NVIDIA H200".
        records: how many golden records were compared.
        beyond: how many of them are off by more than their tolerance.
        unjudged: how many say nothing of what must be answered, or not of every output.
        deviations: of those that were compared, in their order; of very many those that are off most.
        refused: why nothing was answered; empty where it was.
        stressed: memory over many requests, without what is not drawn; None where it was not measured.
        unstressed: why it was not.
    """

    device: _Name
    records: _Count = 0
    beyond: _Count = 0
    unjudged: _Count = 0
    deviations: Annotated[tuple[Deviating, ...], msgspec.Meta(max_length=MOST_DEVIATIONS)] = ()
    refused: _Line = ""
    stressed: Stressed | None = None
    unstressed: _Line = ""


class _Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema: Literal["gatekeeper/replay-figures@1"] = SCHEMA
    devices: Annotated[tuple[OnDevice, ...], msgspec.Meta(max_length=_MOST_DEVICES)]


def refused(device: str, why: str) -> OnDevice:
    """Return that nothing was answered."""
    return OnDevice(device=_cut(device, _NAME), refused=_cut(why, _LINE) or "it is not known why")


def answered(device: str, ids: Sequence[str], judged: Judged, stressed: Stressed | str) -> OnDevice:
    """Return what is drawn of the answers of one device.

    Args:
        device: its name.
        ids: of the golden records, in their order.
        judged: the answers beside them.
        stressed: what became of memory; or why that is not known.
    """
    unjudged = {*judged.unjudged, *(each.record for each in judged.departures if each.kind is Kind.UNJUDGED)}
    found = _worst(judged)
    # One that was not looked at whole is drawn only if what was looked at is off: a dot below the line is a pass.
    compared = [found.get(each) or Deviating(record=_cut(each, _NAME), ratio=0.0) for each in ids]
    deviations = [each for id_, each in zip(ids, compared, strict=True) if id_ not in unjudged or _is_beyond(each)]
    return OnDevice(
        device=_cut(device, _NAME),
        records=len(deviations),
        beyond=sum(map(_is_beyond, deviations)),
        unjudged=len(unjudged),
        deviations=worst_of(deviations, MOST_DEVIATIONS),
        stressed=None if isinstance(stressed, str) else _short(stressed),
        unstressed=_cut(stressed, _LINE) if isinstance(stressed, str) else "",
    )


def worst_of(deviations: Sequence[Deviating], most: int) -> tuple[Deviating, ...]:
    """Return so many of the records at most, those that are off most, in the order that they had."""
    if len(deviations) <= most:
        return tuple(deviations)
    places = sorted(range(len(deviations)), key=lambda place: -deviations[place].ratio)
    return tuple(deviations[place] for place in sorted(places[:most]))


def dumped(devices: Sequence[OnDevice]) -> bytes:
    """Return it as it is stored."""
    return msgspec.msgpack.encode(_Figures(devices=tuple(devices[:_MOST_DEVICES])))


def read(data: bytes) -> tuple[OnDevice, ...]:
    """Return what was stored.

    Raises:
        Unreadable: it is damaged, or was written by nobody who writes this.
    """
    fix = "run it again"
    if len(data) > MOST_BYTES:
        raise Unreadable(f"has more than {MOST_BYTES >> 20} MiB, and is nothing that was measured", fix=fix)
    try:
        found = msgspec.msgpack.decode(data, type=_Figures).devices
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unreadable(f"is damaged, and is not drawn: {error}", fix=fix) from error
    if any(math.isnan(each.ratio) or each.ratio < 0 for device in found for each in device.deviations):
        raise Unreadable("is damaged, and is not drawn: a deviation is no number, or less than none", fix=fix)
    return found


def _is_beyond(each: Deviating) -> bool:
    return each.ratio > 1.0


def _worst(judged: Judged) -> Mapping[str, Deviating]:
    """Return by record what is off most; what was not judged is not there."""
    left_out = {(each.record, each.output) for each in judged.departures if each.kind is Kind.UNJUDGED}
    found: dict[str, Deviating] = {}
    told = [(record, share, each.name) for each in judged.outputs for record, share in each.used.items()]
    # What was raised, is missing or is another type stands in no output's share.
    told += [(each.record, math.inf, each.output or str(each.kind)) for each in judged.departures]
    for record, share, output in told:
        ratio = math.inf if math.isnan(share) else share
        if (record, output) not in left_out and (record not in found or ratio > found[record].ratio):
            found[record] = Deviating(record=_cut(record, _NAME), ratio=ratio, output=_cut(output, _NAME))
    return found


def _short(stressed: Stressed) -> Stressed:
    """Return what is drawn of it: the curves, the verdict, and its reason."""
    return replace(
        stressed,
        why=_cut(stressed.why, _LINE),
        repeated=tuple(map(_bounded, _thinned(stressed.repeated))),
        fresh=tuple(map(_bounded, _thinned(stressed.fresh))),
        slopes={},
        holders=(),
        peak={},
        fragmentation={},
        attempts=(),
        **{name: min(getattr(stressed, name), _LARGEST) for name in ("warmup", "requests", "faults")},
    )


def _thinned(samples: Sequence[_T]) -> Sequence[_T]:
    """Return so many of them that a curve is seen, the first and the last among them."""
    if len(samples) <= _MOST_SAMPLES:
        return samples
    last = len(samples) - 1
    return [samples[round(place * last / (_MOST_SAMPLES - 1))] for place in range(_MOST_SAMPLES)]


def _bounded(sample: Sample) -> Sample:
    names = ("requests", "tensors", "graphs", "tensor_bytes", "blocks", "resident", "uncollected")
    devices = list(sample.devices.items())[:_MOST_DEVICES]
    return replace(
        sample,
        devices={_cut(name, _NAME): min(count, _LARGEST) for name, count in devices},
        **{name: min(getattr(sample, name), _LARGEST) for name in names},
    )


def _cut(text: str, most: int) -> str:
    """Return a text that can be stored, no longer than that: the candidate may have said a surrogate, or a novel."""
    plain = text[:most].encode("utf-8", "backslashreplace").decode()
    return plain if len(plain) <= most else plain[:most]
