"""The report as GitLab Code Quality: one array of entries, each with a severity, a path, a line and a fingerprint.

GitLab compares two branches by the fingerprints: each is there once, and none is made of a line's number.
"""

from __future__ import annotations

import msgspec

from gatekeeper.report import Report
from gatekeeper.report.anchoring import Anchors
from gatekeeper.report.commands import ascii_json, quiet_json
from gatekeeper.report.entries import Entry, Weight, about, entries, fingerprints, waived_by
from gatekeeper.report.printable import one_line

_SEVERITIES = {
    Weight.INCOMPLETE: "blocker",
    Weight.CRITICAL: "blocker",
    Weight.UNDECIDED: "critical",
    Weight.ERROR: "major",
    Weight.WAIVER: "minor",
    Weight.NOTE: "info",
    Weight.WAIVED: "info",
}


class Lines(msgspec.Struct, frozen=True):
    """The lines of a place; GitLab shows none without its first."""

    begin: int


class Place(msgspec.Struct, frozen=True):
    """A place in the repository: its path has no `./` before it."""

    path: str
    lines: Lines


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One entry, as GitLab reads it."""

    description: str
    check_name: str
    fingerprint: str
    severity: str
    location: Place


def render(report: Report) -> str:
    """Return the array, one entry on a line, the gravest first."""
    anchors, listed = Anchors(report.subject), entries(report)
    items = [
        msgspec.Raw(b"\n" + ascii_json(msgspec.json.encode(_item(entry, f"{digest}-{number}", anchors))))
        for entry, (digest, number) in zip(listed, fingerprints(listed), strict=True)
    ]
    return f"{quiet_json(msgspec.json.encode(items).decode())}\n"


def _item(entry: Entry, fingerprint: str, anchors: Anchors) -> Item:
    anchor = anchors.of(entry.at)
    told = about(entry, anchor).partition("\n")[0]
    waived = f" ({waived_by(entry.waiver)})" if entry.waiver is not None else ""
    fix = " ".join(line.strip() for line in entry.fix.split("\n"))
    return Item(
        description=one_line(f"{told}{waived} - fix: {fix}"),
        check_name=one_line(entry.code),
        fingerprint=fingerprint,
        severity=_SEVERITIES[entry.weight],
        location=Place(path=one_line(anchor.path), lines=Lines(begin=anchor.line)),
    )
