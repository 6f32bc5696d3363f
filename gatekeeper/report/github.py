"""The report as workflow commands of GitHub Actions, which make annotations of them.

GitHub keeps ten errors, ten warnings and ten notices of one step and drops the rest without a word: the gravest come
first, and where there are more, the last one says how many. (A whole job shows fifty.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatekeeper.report import Report
from gatekeeper.report.anchoring import Anchors
from gatekeeper.report.commands import command, quiet
from gatekeeper.report.entries import Entry, Weight, about, counted, entries, path_of, waived_by
from gatekeeper.report.printable import one_line
from gatekeeper.report.summary import sentence

MOST = 10
"""Annotations of one kind that GitHub keeps of a step."""

_KINDS = {
    **{weight: "error" for weight in Weight if weight.blocks},
    Weight.WAIVER: "warning",
    Weight.WAIVED: "warning",
    Weight.NOTE: "notice",
}


def render(report: Report) -> str:
    """Return one command a line, and the last sentence of the run as plain text."""
    anchors, listed = Anchors(report.subject), entries(report)
    lines: list[str] = []
    for kind in ("error", "warning", "notice"):
        lines += _annotations(kind, [entry for entry in listed if _KINDS[entry.weight] == kind], anchors)
    return "".join(f"{line}\n" for line in (*lines, quiet(one_line(sentence(report)))))


def _annotations(kind: str, listed: Sequence[Entry], anchors: Anchors) -> Iterator[str]:
    kept = listed if len(listed) <= MOST else listed[: MOST - 1]
    for entry in kept:
        yield _annotation(kind, entry, anchors)
    rest = listed[len(kept) :]
    if rest:
        title = f"gatekeeper: {len(rest):,} more"
        told = f"{counted(rest)}: GitHub shows {MOST} of a kind; all of them: --report json=report.json"
        yield command(kind, {"title": title}, [told])


def _annotation(kind: str, entry: Entry, anchors: Anchors) -> str:
    anchor = anchors.of(entry.at)
    # A path from the root of the file system is none of the repository's: GitHub would show it nowhere.
    place = {"file": anchor.path, "line": str(anchor.line), "col": str(anchor.column or "")}
    told = [about(entry, anchor)]
    if entry.trace:
        told.append(f"path: {path_of(entry.trace)}")
    if entry.waiver is not None:
        told.append(waived_by(entry.waiver))
    told.append(f"fix: {entry.fix}")
    title = f"waived: {entry.code}" if entry.waiver is not None else entry.code
    return command(kind, {**place, "title": title}, told)
