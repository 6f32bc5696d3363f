"""The smallest record that still breaks the promise: as many inputs as possible are what they usually are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from gatekeeper.contract.probing.space import Record

Breaks: TypeAlias = Callable[[Sequence[Record]], Sequence[bool]]
"""Says of each record of a batch whether it breaks the promise."""

_ROUNDS = 12


def shrink(record: Record, usual: Record, breaks: Breaks) -> Record:
    """Return a record that breaks the promise too, and differs from the usual one as little as could be found.

    In each round every input that differs is put back, one at a time, in one batch; the first for which the promise
    stays broken is kept. Then numbers are rounded to as few digits as do.

    Args:
        record: one that breaks it.
        usual: the record in which nothing is unusual.
        breaks: asks the model.
    """
    for _ in range(_ROUNDS):
        tries = [_with(record, usual, name) for name in sorted({*record, *usual}) if _differs(record, usual, name)]
        broken = breaks(tries) if tries else ()
        kept = next((each for each, still in zip(tries, broken, strict=True) if still), None)
        if kept is None:
            break
        record = kept
    return _rounded(record, usual, breaks)


def _differs(record: Record, usual: Record, name: str) -> bool:
    return name not in record or name not in usual or repr(record[name]) != repr(usual[name])


def _with(record: Record, usual: Record, name: str) -> Record:
    rest = {key: value for key, value in record.items() if key != name}
    return {**rest, name: usual[name]} if name in usual else rest


def _rounded(record: Record, usual: Record, breaks: Breaks) -> Record:
    for name, value in list(record.items()):
        if isinstance(value, float) and _differs(record, usual, name) and abs(value) < 1e15:
            tries = [{**record, name: round(value, digits)} for digits in range(6) if round(value, digits) != value]
            broken = breaks(tries) if tries else ()
            record = next((each for each, still in zip(tries, broken, strict=True) if still), record)
    return record
