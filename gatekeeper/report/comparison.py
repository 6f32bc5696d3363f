"""A comparison of two environments as text and as JSON, schema `gatekeeper/comparison@1`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gatekeeper.environment.comparison.compare import Comparison
from gatekeeper.environment.comparison.cuda import BuildSwitch, build_switch
from gatekeeper.environment.comparison.difference import Difference, Kind
from gatekeeper.environment.comparison.left_open import closed_by, left_open
from gatekeeper.environment.comparison.ranking import Rank
from gatekeeper.environment.comparison.strength import strength
from gatekeeper.environment.comparison.tiers import strongest, suffices
from gatekeeper.environment.comparison.wording import (
    Names,
    consequence,
    fix,
    kind,
    place,
    switch_title,
    values,
)
from gatekeeper.environment.digests import Digests
from gatekeeper.environment.facts import Lock, Row, Tier
from gatekeeper.environment.pins import LoosePin
from gatekeeper.model import Verdict
from gatekeeper.report.printable import one_line

SCHEMA = "gatekeeper/comparison@1"

MAX_SHOWN = 25
"""Differences printed, the gravest first. The JSON has them all."""

MAX_NAMED = 10
"""Names printed on one line."""

Json: TypeAlias = str | int | list["Json"] | dict[str, "Json"] | None

_WORDS = {Verdict.PASS: "SAME", Verdict.FAIL: "DIFFERENT", Verdict.UNDECIDED: "UNDECIDED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side as a reader knows it.

    Attributes:
        path: As typed.
        lock: What was read.
        digests: Its three digests.
        loose: What its rows leave open; empty for an inventory.
    """

    path: str
    lock: Lock
    digests: Digests
    loose: tuple[LoosePin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonReport:
    """Two sides, what came of comparing them, and which evidence was demanded."""

    a: Side
    b: Side
    comparison: Comparison
    required: Tier | None = None

    @property
    def verdict(self) -> Verdict:
        """FAIL if anything certainly differs or is pinned loosely, else UNDECIDED if anything can't be told.

        It is UNDECIDED, too, if there was nothing to compare.
        """
        comparison = self.comparison
        if comparison.differing or self.a.loose or self.b.loose:
            return Verdict.FAIL
        untold = comparison.undecided or self.is_weak or not comparison.same
        return Verdict.UNDECIDED if untold else Verdict.PASS

    @property
    def is_weak(self) -> bool:
        """Whether the evidence is weaker than what was demanded."""
        return self.required is not None and not suffices(self.comparison.tier, self.required)

    @property
    def names(self) -> Names:
        """What the sides are called."""
        installed = self.b.lock.format.is_inventory
        return Names(training=self.a.path, production=self.b.path, first="A", second="B", installed=installed)


def render_text(report: ComparisonReport) -> str:
    """Return the comparison as a tired person reads it: the sides, the differences by rank, one last sentence."""
    return "".join(f"{one_line(line).rstrip()}\n" for line in _lines(report))


def render_json(report: ComparisonReport) -> str:
    """Return the comparison as indented JSON in ASCII with a final line feed; every row is there, none collapsed."""
    comparison = report.comparison
    document = {
        "schema": SCHEMA,
        "verdict": _WORDS[report.verdict].lower(),
        "exit_code": report.verdict.value,
        "summary": sentence(report),
        "target": str(comparison.target),
        "tier": comparison.tier.value,
        "required": None if report.required is None else report.required.value,
        "weaker": list(comparison.weaker),
        "ignored": list(comparison.ignored),
        "same": comparison.same,
        "a": _side(report.a, comparison.training_rows, strongest(comparison.training_offers)),
        "b": _side(report.b, comparison.production_rows, strongest(comparison.production_offers)),
        "differences": [_difference(each, report.names) for each in comparison.differences],
    }
    return json.dumps(document, indent=2) + "\n"


def sentence(report: ComparisonReport) -> str:
    """Return the last line: one sentence that begins with SAME, DIFFERENT or UNDECIDED."""
    comparison = report.comparison
    same = f"{comparison.same} package{'' if comparison.same == 1 else 's'} the same"
    if not comparison.training_rows and not comparison.production_rows:
        same = "neither installs anything"
    parts = [*_counted(comparison.differing), *_loose_counts(report), same]
    if comparison.undecided:
        parts.insert(0, f"{len(comparison.undecided)} can't be told")
    by = strength(comparison, report.a.lock, report.b.lock, first="A", second="B")
    demanded = f", {report.required.value} demanded" if report.required is not None and report.is_weak else ""
    return f"{_WORDS[report.verdict]}: {', '.join(parts)} on {comparison.target}; {by}{demanded}."


def _counted(differences: Sequence[Difference]) -> list[str]:
    if not differences:
        return []
    names = Names(training="A", production="B", first="A", second="B")
    counts = Counter(kind(each, names) for each in differences)
    noun = "difference" if len(differences) == 1 else "differences"
    return [f"{len(differences)} {noun} ({', '.join(f'{count} {what}' for what, count in counts.items())})"]


def _loose_counts(report: ComparisonReport) -> list[str]:
    sides = (("A", report.a.loose), ("B", report.b.loose))
    return [f"{len(loose)} loose pin{'' if len(loose) == 1 else 's'} in {name}" for name, loose in sides if loose]


def _lines(report: ComparisonReport) -> Iterator[str]:
    yield from _heading("A", report.a, report.comparison.training_rows)
    yield from _heading("B", report.b, report.comparison.production_rows)
    unseen = [each for each in report.comparison.differences if each.kind is Kind.UNSEEN]
    shown = _collapsed([each for each in report.comparison.differences if each.kind is not Kind.UNSEEN])
    for each in shown[:MAX_SHOWN]:
        yield ""
        yield from _switch(each, report.names) if isinstance(each, BuildSwitch) else _entry(each, report.names)
    if len(shown) > MAX_SHOWN:
        yield ""
        yield f"... and {len(shown) - MAX_SHOWN} more differences; all of them: --format json"
    yield from _unseen("A", [each for each in unseen if each.training is not None], report.names)
    yield from _unseen("B", [each for each in unseen if each.production is not None], report.names)
    yield from _loose("A", report.a)
    yield from _loose("B", report.b)
    yield ""
    if report.comparison.ignored:
        yield f"not compared: {', '.join(report.comparison.ignored)} (installers that only one side has)"
    yield sentence(report)


def _heading(name: str, side: Side, rows: Sequence[Row]) -> Iterator[str]:
    digests = side.digests
    yield f"{name} {side.path}: {side.lock.format.value}, {len(rows)} package{'' if len(rows) == 1 else 's'}"
    yield f"    target   {digests.target}"
    yield f"    lock     {digests.lock}"
    yield f"    runtime  {digests.runtime or 'not measured'}"
    yield from (f"    warning: {each}" for each in side.lock.warnings)


def _collapsed(differences: Sequence[Difference]) -> list[Difference | BuildSwitch]:
    """Return the differences, those of a switch of torch's build as one, in the place of torch."""
    switch = build_switch(differences)
    if switch is None:
        return list(differences)
    alone = [each for each in differences if each not in switch.companions]
    return [switch if each is switch.torch else each for each in alone]


def _switch(switch: BuildSwitch, names: Names) -> Iterator[str]:
    yield switch_title(switch, names)
    yield from _details(switch.torch, names)


def _entry(difference: Difference, names: Names) -> Iterator[str]:
    before, after = values(difference)
    rank = "" if difference.rank is Rank.OPTIONS else f"; {difference.rank.value}"
    yield f"{difference.name or 'the environment'}  {before} -> {after}  {kind(difference, names)}{rank}"
    yield from _details(difference, names)


def _unseen(name: str, unseen: Sequence[Difference], names: Names) -> Iterator[str]:
    """Yield as one what only one side names and the other could have: that may be all that conda installs."""
    if not unseen:
        return
    more = f" and {len(unseen) - MAX_NAMED} more; all of them: --format json" if len(unseen) > MAX_NAMED else ""
    yield ""
    yield f"{len(unseen)} package{'' if len(unseen) == 1 else 's'}  named by {name} alone  {kind(unseen[0], names)}"
    yield f"    {', '.join(each.name for each in unseen[:MAX_NAMED])}{more}"
    yield from (f"    {line}" for line in consequence(unseen[0], names))
    yield f"    fix: {fix(unseen[0], names)}"


def _details(difference: Difference, names: Names) -> Iterator[str]:
    where = names.where(difference)
    if where:
        yield f"    {', '.join(where)}"
    yield from (f"    {line}" for line in consequence(difference, names))
    for index, line in enumerate(fix(difference, names).splitlines()):
        yield f"    {'     ' if index else 'fix: '}{line}"


def _loose(name: str, side: Side) -> Iterator[str]:
    if side.loose:
        yield ""
    for each in side.loose[:MAX_SHOWN]:
        yield f"{name} {place(side.path, each.row)}  {left_open(each)}"
    if len(side.loose) > MAX_SHOWN:
        yield f"... and {len(side.loose) - MAX_SHOWN} more loose pins in {name}; all of them: --format json"
    if side.loose:
        yield f"    fix: {closed_by(side.path, side.lock.format, side.loose)}"


def _side(side: Side, rows: Sequence[Row], tier: Tier) -> dict[str, Json]:
    digests = side.digests
    return {
        "path": side.path,
        "format": side.lock.format.value,
        "tier": tier.value,
        "digests": {"target": digests.target, "lock": digests.lock, "runtime": digests.runtime},
        "packages": len(rows),
        "loose": [_loose_pin(each, side.path) for each in side.loose],
        "warnings": list(side.lock.warnings),
    }


def _loose_pin(loose: LoosePin, path: str) -> dict[str, Json]:
    return {"name": loose.row.name or loose.row.written, "slack": loose.slack.name.lower(), **_at(path, loose.row)}


def _difference(difference: Difference, names: Names) -> dict[str, Json]:
    before, after = values(difference)
    return {
        "name": difference.name,
        "rank": difference.rank.name.lower(),
        "kind": difference.kind.value,
        "direction": None if difference.direction is None else difference.direction.value,
        "relation": None if difference.relation is None else difference.relation.value,
        "trained": before,
        "serving": after,
        "consequence": list(consequence(difference, names)),
        "fix": fix(difference, names),
        "a": None if difference.training is None else _row(difference.training, names.training),
        "b": None if difference.production is None else _row(difference.production, names.production),
    }


def _row(row: Row, path: str) -> dict[str, Json]:
    return {
        **_at(path, row),
        "version": row.version,
        "specifier": row.specifier,
        "source": row.source.value,
        "url": row.url,
        "index": row.index,
        "build": row.build,
        "hashes": [str(each) for each in row.hashes],
        "records": list(row.records),
    }


def _at(path: str, row: Row) -> dict[str, Json]:
    return {"path": row.path or path, "line": row.line, "column": row.column}
