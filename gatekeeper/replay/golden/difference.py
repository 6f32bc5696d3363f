"""A golden set against the records that shall replace it: what changes, before anybody says yes to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper.replay.golden.describing import specs
from gatekeeper.replay.golden.facts import ANY, Golden, OutputSpec, Previous, Record
from gatekeeper.replay.golden.judging import OutputJudged, summed
from gatekeeper.replay.golden.keys import record_key
from gatekeeper.replay.golden.repeating import is_identical
from gatekeeper.replay.golden.tolerance import Compared, compare

_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What becomes another when a golden set is recorded anew. Records are matched by their inputs.

    Attributes:
        old, new: how many records there are.
        changed: the old ids of records with another answer, be it within the tolerance.
        added: the new ids of records whose inputs are new; `dropped` the old ids of those that are gone.
        outputs: the outputs that differ in a record, with the old values as the golden ones.
        otherwise: what no number tells: "r003: status 200, then 422".
    """

    old: int
    new: int
    changed: tuple[str, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    outputs: tuple[OutputJudged, ...]
    otherwise: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many records are another than before."""
        return len(self.changed) + len(self.added) + len(self.dropped)


def difference(old: Golden, new: Sequence[Record]) -> Difference:
    """Return what changes when records replace a golden set.

    Args:
        old: The set, with a header or without.
        new: What shall replace its records; `describing.recorded` makes it of answers.
    """
    before: dict[str, list[Record]] = {}
    for each in old.records:
        before.setdefault(record_key(each.inputs), []).append(each)
    added: list[str] = []
    changed: list[str] = []
    otherwise: list[str] = []
    compared: dict[str, dict[str, Compared]] = {}
    known = specs(old)
    for each in new:
        same = before.get(record_key(each.inputs))
        if not same:
            added.append(each.id)
            continue
        former = same.pop(0)
        told = _otherwise(former, each)
        otherwise += [f"{former.id}: {line}" for line in told]
        numbers = _outputs(former, each, known, loose=not old.bound)
        for name, found in numbers.items():
            compared.setdefault(name, {})[former.id] = found
            if found.problem is not None:
                otherwise.append(f"{former.id}: {name} {found.said}")
        if told or numbers:
            changed.append(former.id)
    return Difference(
        old=len(old.records),
        new=len(new),
        changed=tuple(changed),
        added=tuple(added),
        dropped=tuple(each.id for left in before.values() for each in left),
        outputs=tuple(summed(name, known.get(name) or OutputSpec(dtype=ANY), each) for name, each in compared.items()),
        otherwise=tuple(otherwise),
    )


def _outputs(former: Record, now: Record, known: dict[str, OutputSpec], *, loose: bool) -> dict[str, Compared]:
    found = {}
    for name, value in (former.outputs or {}).items():
        other = (now.outputs or {}).get(name)
        if other is None or is_identical(value, other):
            continue
        seen = compare(value, other, known.get(name) or OutputSpec(dtype=ANY), loose=loose)
        if seen.problem is not None or seen.worst is not None:
            found[name] = seen
    return found


def _otherwise(former: Record, now: Record) -> list[str]:
    told = []
    if former.fault != now.fault:
        told.append(f"{former.fault or 'no exception'}, then {now.fault or 'no exception'}")
    if former.status != now.status:
        told.append(f"status {former.status}, then {now.status}")
    names = set(former.outputs or {}) ^ set(now.outputs or {})
    if names:
        gone = [each for each in former.outputs or {} if each in names]
        come = [each for each in now.outputs or {} if each in names]
        told.append(f"outputs gone: {', '.join(gone) or 'none'}; new: {', '.join(come) or 'none'}")
    return told


def previous(found: Difference, *, file: str, sha256: str, reason: str) -> Previous:
    """Return what the new header says of the old set.

    Args:
        found: What changed.
        file: The name that the old file is kept by, and `sha256` its digest: see `document.kept_as`.
        sha256: The same.
        reason: Why it is recorded anew.
    """
    largest: dict[str, float | None] = {}
    for each in found.outputs:
        is_told = each.records == len(each.used)  # of another type or shape no number can be told
        largest[each.name] = each.largest_relative if is_told and math.isfinite(each.largest_relative) else None
    return Previous(file=file, sha256=sha256, reason=reason, changed=found.count, largest=largest)


def lines(found: Difference) -> tuple[str, ...]:
    """Return the difference as a few lines of text."""
    if not found.count:
        return (f"the answers to all {found.old} records are the same",)
    told = [f"{len(found.changed)} of {found.old} records have another answer: {_listed(found.changed)}"]
    told += [f"{len(found.added)} are new: {_listed(found.added)}"] if found.added else []
    told += [f"{len(found.dropped)} are gone: {_listed(found.dropped)}"] if found.dropped else []
    told += [_line(each) for each in found.outputs if each.worst is not None]
    told += found.otherwise[:_SHOWN]
    if len(found.otherwise) > _SHOWN:
        told.append(f"and {len(found.otherwise) - _SHOWN} more")
    return tuple(told)


def _line(each: OutputJudged) -> str:
    worst = each.worst
    if worst is None:
        return ""
    beyond = f", {each.above} beyond the tolerance" if each.above else ", all within the tolerance"
    changed = f"{each.name}: {len(each.used)} records{beyond}"
    return f"{changed}; the most in {each.worst_record}: {worst.expected!r} became {worst.actual!r}"[:300]


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return (", ".join(ids[:_SHOWN]) or "none") + more
