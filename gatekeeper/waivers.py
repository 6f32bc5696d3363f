"""Waivers: dated, owned, reasoned exceptions to findings (schema `gatekeeper/waivers@1`). Waived is never hidden.

A waiver holds from the day on which it was created to the day on which it expires, both included, in UTC. It names a
finding's code and what it is meant for: one artifact by its digest, or paths. What is wrong with a waiver's dates never
makes it hold for longer: a date that is none, or lies in the past, is one that has expired.
"""

from __future__ import annotations

import enum
import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec

from gatekeeper import document
from gatekeeper.engine import findings_of
from gatekeeper.errors import PolicyError, Problem, Unreadable
from gatekeeper.model import Finding, Location, Result, Waiver
from gatekeeper.reading import open_regular
from gatekeeper.words import did_you_mean

SCHEMA = "gatekeeper/waivers@1"
FILE_NAME = "waivers.yaml"

MAX_DAYS = 90
"""Days that a waiver may last at most; who needs it for longer decides anew. In a strict profile `MAX_DAYS_STRICT`."""

MAX_DAYS_STRICT = 30

SOON_DAYS = 7
"""A waiver that ends within so many days is told, so that nobody is surprised by a red run."""

NEVER_STRICT = ("environment-parity/",)
"""What no waiver covers in a strict profile: production that installs something else is what 4092-X was."""

MAX_TEXT = 1000
"""Characters of a text: it stands beside each finding that is waived, in every report."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_BARE_DIGEST = re.compile(r"(?i)(?:sha-?256[:=-]?)?[0-9a-f]{64}")

Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
Day: TypeAlias = Annotated[
    str, msgspec.Meta(min_length=1, description="a day, like 2026-12-31", extra={"yaml": "timestamp"})
]
Scope: TypeAlias = Annotated[
    str, msgspec.Meta(min_length=1, description='"sha256:<hex>", the digest of an artifact, or a path; * is any text')
]


class State(enum.StrEnum):
    """What became of a waiver in one run. Only a `USED` one changed anything."""

    USED = "used"
    UNUSED = "unused"
    SHADOWED = "shadowed"
    EXPIRED = "expired"
    NOT_YET = "not yet"
    TOO_LONG = "too long"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A waiver and what became of it.

    Attributes:
        findings: how many findings it is meant for; those that it waives, where the state is `USED`.
        days_left: days after today on which it holds still; None where a date is none.
        why: why it has no effect, in one sentence; empty where it has one.
    """

    waiver: Waiver
    state: State
    findings: int
    days_left: int | None
    why: str = ""

    @property
    def ends_soon(self) -> bool:
        """Whether it holds now and will not for long."""
        return self.state in {State.USED, State.SHADOWED, State.UNUSED} and (self.days_left or 0) <= SOON_DAYS


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One waiver as it is written. `approver` is who granted it to `owner`."""

    code: Text
    scope: Scope
    reason: Text
    owner: Text
    approver: Text
    created: Day
    expires: Day


class Waivers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The document: a list of waivers."""

    schema: Literal["gatekeeper/waivers@1"]
    waivers: tuple[Entry, ...] = ()


def read(path: Path, name: str, codes: Iterable[str]) -> tuple[Waiver, ...]:
    """Return the waivers of a file.

    Args:
        path: the file.
        name: its path relative to the candidate, for the errors.
        codes: every code that a check of the candidate may report.

    Raises:
        PolicyError: with every problem: no such file, an unknown key or code, a text that is missing or blank.
    """
    try:
        with open_regular(path) as stream:
            data = stream.read(document.MAX_BYTES + 1)
    except Unreadable as error:
        raise PolicyError([Problem(at=Location(path=name), what=f"{name} {error.what}", fix=error.fix)]) from error
    loaded = document.load(data, name, Waivers)
    problems = [*_problems(loaded, name, frozenset(codes))]
    if problems:
        raise PolicyError(problems)
    return tuple(
        _waiver(entry, _at(loaded, name, f"waivers[{index}]")) for index, entry in enumerate(loaded.value.waivers)
    )


def _problems(loaded: document.Document[Waivers], name: str, codes: frozenset[str]) -> Iterator[Problem]:
    for index, entry in enumerate(loaded.value.waivers):
        for field, what, fix in _flaws(entry, codes):
            key = f"waivers[{index}].{field}"
            yield Problem(at=_at(loaded, name, key), what=f"{key}: {what}", fix=fix)


def _flaws(entry: Entry, codes: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (field, what is wrong, what to do) for each text that can't be meant."""
    if entry.code not in codes:
        yield "code", f"no check reports {entry.code!r}", did_you_mean(entry.code, codes)
    if entry.scope.casefold().startswith("sha256:") or _BARE_DIGEST.fullmatch(entry.scope):
        if not _DIGEST.fullmatch(entry.scope):
            fix = "write sha256: and 64 lower-case hexadecimal digits: gatekeeper artifact digest FILE"
            yield "scope", f"{entry.scope!r} is no sha256 digest", fix
    elif entry.scope.startswith("./") or "\\" in entry.scope:
        meant = entry.scope.replace("\\", "/").removeprefix("./")
        yield "scope", f"no finding is at {entry.scope!r}", f'write the path as the report has it: "{meant}"'
    for field in msgspec.structs.fields(Entry):
        text = getattr(entry, field.name)
        if not _visible(text):
            yield field.name, "the text is blank", "say it: a reader will ask"
        if len(text) > MAX_TEXT:
            yield (
                field.name,
                f"{len(text):,} characters; expected at most {MAX_TEXT:,}",
                "shorten it, and link the rest",
            )


def _visible(text: str) -> str:
    """Return what a reader sees of a text: no control or format characters, and no space that is not between words."""
    return " ".join("".join(each for each in text if unicodedata.category(each) not in {"Cc", "Cf"}).split())


def _same_person(one: str, other: str) -> bool:
    """Return whether two names are one but for case, spaces, width, what can't be seen and a leading `@`.

    Two spellings of one name can't be told from two names; who reviews the file does.
    """
    first, second = (
        _visible(unicodedata.normalize("NFKC", name)).casefold().removeprefix("@") for name in (one, other)
    )
    return first == second


def _at(loaded: document.Document[Waivers], name: str, key: str) -> Location:
    line, column = loaded.marks.get(key, (1, 1))
    return Location(path=name, line=line, column=column, key=key)


def _waiver(entry: Entry, at: Location) -> Waiver:
    is_digest = entry.scope.startswith("sha256:")
    return Waiver(
        code=entry.code,
        artifact=entry.scope if is_digest else None,
        path=None if is_digest else entry.scope,
        reason=entry.reason,
        owner=entry.owner,
        approver=entry.approver,
        created=entry.created,
        expires=entry.expires,
        at=at,
    )


def lies_unnamed(root: Path, named: str | None) -> bool:
    """Return whether a file of waivers lies in the candidate's folder and its policy does not name it."""
    return named is None and os.path.lexists(root / FILE_NAME)


def apply(
    waivers: Sequence[Waiver],
    results: Sequence[Result],
    *,
    artifacts: Mapping[str, str],
    today: date,
    strict: bool,
    answered: Collection[str] | None = None,
) -> tuple[tuple[Result, ...], tuple[Use, ...]]:
    """Return the results with what is waived in them, and what became of each waiver.

    Of several waivers for one finding the first in the file that holds is used; one that is left with nothing is
    shadowed. Two people may not be one in a strict profile: who needs a waiver does not grant it.

    Args:
        waivers: in the order of the file.
        results: what the checks answered.
        artifacts: the digest (hexadecimal) of each file of the declared artifacts, by its path; empty where a file
            can't be read.
        today: the day of the run, in UTC.
        strict: whether the profile is.
        answered: the codes of the checks that ran and came to their end; None for all that a waiver may name. Of
            another code nobody can say that no finding has it.
    """
    found = [finding for result in results for finding in findings_of(result.outcome)]
    waived: dict[Finding, Waiver] = {}
    uses: list[Use] = []
    for waiver in waivers:
        there = [each for each in found if _is_meant(waiver, each, artifacts)]
        meant = [each for each in there if each.severity.blocks]
        state, why = standing(waiver, today, strict=strict)
        if state is State.USED:
            mine = [each for each in meant if each not in waived]
            if mine:
                waived.update(dict.fromkeys(mine, waiver))
                meant = mine
            elif meant:
                state, why = State.SHADOWED, _shadow(waivers, {waived[each] for each in meant})
            else:
                state, why = State.UNUSED, _why_unused(waiver, there, artifacts, answered)
        uses.append(Use(waiver=waiver, state=state, findings=len(meant), days_left=_days_left(waiver, today), why=why))
    return tuple(_with(result, waived) for result in results), tuple(uses)


def _is_meant(waiver: Waiver, finding: Finding, artifacts: Mapping[str, str]) -> bool:
    """Return whether a waiver is for a finding: its code, and its place.

    A waiver for an artifact covers the findings at that file and those at no artifact (the policy, a lock), as long
    as the candidate holds that very file: another model needs another waiver.
    """
    if finding.code != waiver.code:
        return False
    if waiver.path is not None:
        return _is_like(finding.at.path, waiver.path)
    digest = (waiver.artifact or "").removeprefix("sha256:")
    at_artifact = artifacts.get(finding.at.path)
    return at_artifact == digest if at_artifact is not None else digest in artifacts.values()


def _is_like(path: str, pattern: str) -> bool:
    """Return whether a path is what a pattern says. `*` is any text; nothing else is special, `[` and `?` neither."""
    first, *rest = pattern.split("*")
    if not rest:
        return path == first
    *middle, last = rest
    if not path.startswith(first):
        return False
    position = len(first)
    for part in middle:
        found = path.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return path.endswith(last) and len(path) - len(last) >= position


def standing(waiver: Waiver, today: date, *, strict: bool) -> tuple[State, str]:
    """Return whether a waiver holds today, `USED` if so, and why not."""
    created, expires = _day(waiver.created), _day(waiver.expires)
    if created is None or expires is None:
        field, text = ("created", waiver.created) if created is None else ("expires", waiver.expires)
        return State.EXPIRED, f"{field} {text!r} is no day, which counts as expired"
    if expires < today:
        return State.EXPIRED, f"it expired on {expires.isoformat()}"
    if created > today:
        return State.NOT_YET, f"it was created on {created.isoformat()}, which has not come"
    days = MAX_DAYS_STRICT if strict else MAX_DAYS
    if (expires - created).days > days:
        lasts = (expires - created).days
        return State.TOO_LONG, f"it expires {lasts} days after it was created, and at most {days} are allowed"
    if strict and waiver.code.startswith(NEVER_STRICT):
        return State.REFUSED, "what production installs can't be waived for a release"
    if strict and _same_person(waiver.owner, waiver.approver):
        return State.REFUSED, "owner and approver are one: for a release somebody else must grant it"
    return State.USED, ""


def _day(text: str) -> date | None:
    """Return the day that a text names, `2026-12-31` and no other form; None where it names none."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _days_left(waiver: Waiver, today: date) -> int | None:
    expires = _day(waiver.expires)
    return None if expires is None else (expires - today).days


def _shadow(waivers: Sequence[Waiver], used: Collection[Waiver]) -> str:
    first = next(each for each in waivers if each in used)
    if len(used) == 1:
        return f"{first.at} waives all that it is meant for: delete one of the two"
    return f"{len(used)} others, the first at {first.at}, waive all that it is meant for: delete it"


def _why_unused(
    waiver: Waiver, notes: Sequence[Finding], artifacts: Mapping[str, str], answered: Collection[str] | None
) -> str:
    if notes:
        return "what it is meant for is a note, which blocks nothing: delete it"
    if waiver.artifact is not None and waiver.artifact.removeprefix("sha256:") not in artifacts.values():
        return f"no artifact of the candidate is {waiver.artifact}: what was waived for one model is not for another"
    if answered is not None and waiver.code not in answered:
        return "the check that reports it did not run to its end, so nobody can say whether it is needed"
    return f"no finding {waiver.code} is at {waiver.path or 'this artifact'}: delete it"


def _with(result: Result, waived: Mapping[Finding, Waiver]) -> Result:
    mine = {each: waived[each] for each in findings_of(result.outcome) if each in waived}
    return replace(result, waived=mine) if mine else result


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of `waivers.yaml`, generated from the types above."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA}
    return head | msgspec.json.schema(Waivers)
