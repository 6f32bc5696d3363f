"""Golden records held against the range of the training data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec

from gatekeeper import strict_json
from gatekeeper.candidate import Candidate
from gatekeeper.contract.baseline.facts import Baseline, Feature, Kind
from gatekeeper.errors import Unreadable
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Finding, Location
from gatekeeper_checks.baseline import data_rules

IN_FOLDER = "records.jsonl"
"""The file that is read where `golden` is a folder."""
_FIX = 'write one object a line: {"inputs": {"units": 3, ...}}'


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs of one golden record, its line, and whether it is meant to lie outside."""

    line: int
    inputs: dict[str, str | int | float | bool | None]
    outside: bool = False


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """The golden records of a file."""

    records: tuple[Record, ...]


def read_records(stream: BinaryIO) -> Records:
    """Return the golden records in a file of JSON lines; lines that hold no record (`header`) are passed over.

    Raises:
        Unreadable: a line is no such object, or there is no record.
    """
    records = []
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        record = _record(line, number)
        if record is not None:
            records.append(record)
    if not records:
        raise Unreadable("holds no golden record", fix=_FIX)
    return Records(records=tuple(records))


def _record(line: bytes, number: int) -> Record | None:
    try:
        document = strict_json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"is no JSON: {error}", fix=_FIX, line=number) from error
    if isinstance(document, dict) and "header" in document:
        return None
    inputs = document.get("inputs") if isinstance(document, dict) else None
    if not isinstance(inputs, dict) or not all(isinstance(v, str | int | float | None) for v in inputs.values()):
        raise Unreadable("is no record with plain `inputs`", fix=_FIX, line=number)
    return Record(line=number, inputs=inputs, outside=document.get("outside") is True)


def outside(candidate: Candidate, inquiry: Inquiry, baseline: Baseline, path: str) -> Iterator[Finding]:
    """Yield a finding for each input of a golden record that lies outside the training data."""
    if (candidate.root / path).is_dir():
        path = f"{path.rstrip('/')}/{IN_FOLDER}"
    fact = inquiry.attempt(lambda: candidate.fact(path, read_records, Records, key="golden"))
    if fact is None:
        return
    features = {feature.name: feature for feature in baseline.features}
    for record in fact.value.records:
        if not record.outside:
            yield from _judged(record, features, path)
    inquiry.evidence.append(candidate.evidence(path, fact, {"golden records": len(fact.value.records)}))


def _judged(record: Record, features: Mapping[str, Feature], path: str) -> Iterator[Finding]:
    at = Location(path=path, line=record.line)
    for name, feature in features.items():
        what = _outside(feature, record.inputs[name]) if name in record.inputs else "is not there"
        if what:
            yield data_rules.GoldenOutside.finding(
                f"{name}: {what}",
                fix='choose a record like the training data, or mark it: "outside": true',
                at=at,
            )


def _outside(feature: Feature, value: Any) -> str:
    """Return how a value lies outside the training data; empty if it does not, or if that can't be told."""
    if value is None:
        return "" if feature.missing + feature.nan else "has no value, and the training data always has one"
    if feature.categories is not None:
        word = str(value).lower() if isinstance(value, bool) else str(value)
        unknown = word not in feature.categories.values and not feature.categories.other.count
        return f"{word!r} is none of the categories of the training data" if unknown else ""
    if feature.kind not in {Kind.REAL, Kind.INTEGER}:
        return ""
    if isinstance(value, str | bool):
        return f"got {value!r}, expected a number"
    if feature.min is None or feature.max is None or feature.min <= value <= feature.max:
        return ""
    return f"got {value}, expected {feature.min} to {feature.max} as in the training data"
