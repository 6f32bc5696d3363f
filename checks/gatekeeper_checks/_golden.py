"""Golden records: inputs with the answers that the model gave when it was approved, one JSON object a line."""

from __future__ import annotations

import math
from typing import BinaryIO, Final, TypeAlias

import msgspec

from gatekeeper import strict_json
from gatekeeper.candidate import Candidate, Fact
from gatekeeper.errors import Unreadable

Cell: TypeAlias = str | int | float | bool | None

IN_FOLDER = "records.jsonl"
"""The file that is read where `golden` is a folder."""
_FLOATS: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_MOST_DIGITS: Final = 1300
_FIX = 'write one object a line: {"inputs": {"units": 3, ...}, "outputs": {"price": 7.0}}'


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One golden record: its line, its inputs, what was answered, and whether it is meant to lie outside."""

    line: int
    inputs: dict[str, Cell]
    outputs: dict[str, Cell] = {}
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
    record = document if isinstance(document, dict) else {}
    inputs, outputs = record.get("inputs"), record.get("outputs", {})
    if not isinstance(inputs, dict) or not isinstance(outputs, dict):
        raise Unreadable("is no record with `inputs` and `outputs`", fix=_FIX, line=number)
    outside = record.get("outside") is True
    return Record(line=number, inputs=_cells(inputs), outputs=_cells(outputs), outside=outside)


def _cells(values: dict[str, object]) -> dict[str, Cell]:
    """Return the single values among those of a record; of lists and tensors no manifest and no baseline speaks."""
    found = {}
    for name, value in values.items():
        match value:
            case None | str() | int() | float():
                found[name] = value
            case {"$float": str(text)} if text in _FLOATS:
                found[name] = _FLOATS[text]
            case {"$int": str(text)} if text.removeprefix("-").isdecimal() and len(text) < _MOST_DIGITS:
                found[name] = int(text)
            case _:
                pass
    return found


def golden_records(candidate: Candidate, path: str) -> tuple[str, Fact[Records]]:
    """Return the golden records that `golden` names, and the file that has them: in a folder `records.jsonl`.

    Raises:
        Unreadable: the file is absent, a line of it is no record, or there is none.
    """
    if (candidate.root / path).is_dir():
        path = f"{path.rstrip('/')}/{IN_FOLDER}"
    return path, candidate.fact(path, read_records, Records, key="golden")
