"""Why JSON lines can't be read: the lines are looked at one by one, until one is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gatekeeper.errors import Unreadable

_SHOWN = 40
_SORTS = {bool: "truth values", int: "numbers", float: "numbers", str: "text", list: "lists", dict: "objects"}


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines of a file, and the number of the first one."""

    first: int
    block: bytes

    def numbered(self) -> Iterator[tuple[int, bytes]]:
        """Yield each line that is not blank, and its number."""
        for number, line in enumerate(self.block.split(b"\n"), start=self.first):
            if line.strip():
                yield number, line.removeprefix(b"\xef\xbb\xbf")


class _Twice(ValueError):
    """A key that is there twice in an object."""


def why(lines: Lines, told: str) -> Unreadable:
    """Return what is wrong with some lines, by the first one that is; else what the reader said."""
    sorts: dict[str, tuple[str, int]] = {}
    for number, line in lines.numbered():
        error = _wrong(number, line, sorts)
        if error is not None:
            return error
    return _broken(f"{told.removeprefix('JSON parse error: ')}; from line {lines.first:,} on")


def _wrong(number: int, line: bytes, sorts: dict[str, tuple[str, int]]) -> Unreadable | None:
    """Return what is wrong with one line, by itself or beside those before it."""
    try:
        text = line.decode("utf-8")
        record = json.loads(text, object_pairs_hook=_once, parse_constant=_not_finite)
    except UnicodeDecodeError as error:
        what = f"is not UTF-8: byte 0x{line[error.start]:02x} in line {number:,}"
        return Unreadable(what, fix="save the file as UTF-8")
    except _Twice as error:
        return Unreadable(f"the column {error.args[0]!r} is there twice in line {number:,}", fix="write each key once")
    except (ValueError, RecursionError) as error:
        return _broken(f"line {number:,}: {error}")
    if isinstance(record, list):
        what = f"line {number:,} is a list, expected one object a line"
        return Unreadable(what, fix="write JSON lines: in pandas, to_json(path, orient='records', lines=True)")
    if not isinstance(record, dict):
        return _broken(f"line {number:,} is {text.strip()[:_SHOWN]!r}, expected an object")
    return _mixed(number, record, sorts)


def _mixed(number: int, record: dict[str, Any], sorts: dict[str, tuple[str, int]]) -> Unreadable | None:
    for name, value in record.items():
        if value is None:
            continue
        if isinstance(value, float) and value in {float("inf"), float("-inf")}:
            what = f"the column {name!r} has a number beyond those of a float in line {number:,}"
            return Unreadable(what, fix=f"mend it, or leave it out (null); or leave the column out: --ignore {name}")
        sort = _SORTS[type(value)]
        before, line = sorts.setdefault(name, (sort, number))
        if sort != before:
            what = f"the column {name!r} mixes types: {before} in line {line:,}, {sort} in line {number:,}"
            return Unreadable(what, fix=f"write its values as one type, or leave it out: --ignore {name}")
    return None


def rounded(lines: Lines, names: set[str]) -> Unreadable | None:
    """Return what is said of the first integer that is another number as a float, in one of these columns."""
    for number, line in lines.numbered():
        record = json.loads(line)
        for name in sorted(names & record.keys()) if isinstance(record, dict) else ():
            value = record[name]
            if type(value) is int and abs(value) > 2**53 and not _float_has(value):
                what = f"the column {name!r} has integers that no type has exactly (first {value} in line {number:,})"
                fix = "up to 64 bits, and without fractions beside them; or write them as text"
                return Unreadable(what, fix=f"{fix}, or leave the column out: --ignore {name}")
    return None


def _float_has(value: int) -> bool:
    try:
        return Decimal(repr(float(value))) == value
    except OverflowError:
        return False


def _not_finite(_token: str) -> float:
    """Return a number for NaN and Infinity: they are read, as what they say."""
    return 0.0


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for key, value in pairs:
        if key in record:
            raise _Twice(key)
        record[key] = value
    return record


def _broken(what: str) -> Unreadable:
    return Unreadable(f"can't be read as JSON lines: {what}", fix="write one object a line, and write it again if cut")
