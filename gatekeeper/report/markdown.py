"""The report as Markdown, for a pull request and for the summary of a step: the verdict first, digests whole.

It is cut by whole findings to what the place takes, and says what is left out: GitHub refuses a comment of more than
65,536 characters, and throws a step's whole summary away where it is longer than 1 MiB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gatekeeper import __version__
from gatekeeper.engine import blocking, findings_of
from gatekeeper.model import Crashed, Result
from gatekeeper.report import FileDigest, Report
from gatekeeper.report.entries import Entry, Weight, counted, entries, path_of, waived_by
from gatekeeper.report.markup import block, cell, code, html, prose, prose_cell
from gatekeeper.report.printable import one_line
from gatekeeper.report.summary import sentence, status
from gatekeeper.waivers import Use

MAX_BYTES = 65_536
"""What a comment on GitHub takes, if each of its characters were one byte: no character is less."""

LEAST = 4_000
"""Bytes without which nothing is said: fewer hold no verdict with its reason."""

_MARKS = {"PASS": "✓", "FAIL": "✗", "UNDECIDED": "?", "INCOMPLETE": "?"}
_CLOSING = 600
"""Bytes kept for what is said of that which is left out."""
_MISSES = 20
"""Findings that may be too long in a row until no other is tried."""


def render(report: Report) -> str:
    """Return the report, short enough for a comment."""
    return render_within(report, MAX_BYTES)


def render_within(report: Report, limit: int) -> str:
    """Return the report in at most `limit` bytes of UTF-8; the empty text where that is less than `LEAST`."""
    if limit < LEAST:
        return ""
    paper = _Paper(limit - _CLOSING)
    paper.add(_head(report, limit))
    paper.rows("waivers", _WAIVERS, (_waiver(use) for use in report.waivers), share=limit // 4)
    paper.rows("checks", _CHECKS, (_check(result) for result in report.results), share=limit // 4)
    # They stand last and are laid first, so that no number of findings takes their place.
    room = min(limit // 4, paper.left)
    digests = _Paper(room)
    digests.rows("digests", _DIGESTS, (_digest(file) for file in _files(report)), share=room)
    paper.left -= room - digests.left
    _findings(paper, entries(report))
    paper.parts += digests.parts
    paper.parts.append(_closing(report, [*paper.left_out, *digests.left_out]))
    return "".join(paper.parts)


@dataclass(slots=True)
class _Paper:
    """What is written, how many bytes are left, and what did not fit."""

    left: int
    parts: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def add(self, part: str) -> bool:
        """Write a part if it fits, and return whether it did."""
        size = len(part.encode("utf-8", "replace"))
        if size > self.left:
            return False
        self.left -= size
        self.parts.append(part)
        return True

    def rows(self, what: str, head: str, rows: Iterable[str], *, share: int) -> None:
        """Write a table with as many rows as fit into its share of the paper; nothing where there is no row."""
        table = _Paper(min(share, self.left) - 1)
        listed = list(rows)
        if listed and table.add(head):
            kept = 0
            while kept < len(listed) and table.add(listed[kept]):
                kept += 1
            listed = listed[kept:]
            self.add("".join([*table.parts, "\n"]))
        if listed:
            self.left_out.append(f"{len(listed):,} rows of {what}")


_WAIVERS = """\
### Waivers

| state | code | for | until | granted by | to | reason |
|---|---|---|---|---|---|---|
"""
_CHECKS = """\
### Checks

| | check | findings | looked at | it asks whether |
|---|---|---|---|---|
"""
_DIGESTS = """\
### Digests

| file | declared as | SHA-256 |
|---|---|---|
"""


def _head(report: Report, limit: int) -> str:
    subject = report.subject
    name = f"{subject.name} {subject.version}" if subject.version else subject.name
    word = report.word
    # Counted in characters that are safe to print, of which each may take four bytes.
    told = f"**{word}**: {prose(_short(sentence(report).partition(': ')[2], limit // 16))}"
    return f"## {_MARKS[word]} {word}: {code(_short(name, 100))}\n\n{told}\n\n"


def _short(text: str, most: int) -> str:
    line = one_line(text)
    return line if len(line) <= most else f"{line[:most]}... ({len(line) - most:,} characters more)"


def _waiver(use: Use) -> str:
    waiver = use.waiver
    state = f"{use.state}, {use.findings} finding{'' if use.findings == 1 else 's'}" if not use.why else use.state.value
    until = f"{waiver.expires}{' (soon)' if use.ends_soon else ''}"
    reason = f"{prose_cell(waiver.reason)}{f'; {prose_cell(use.why)}' if use.why else ''}"
    cells = [state, cell(waiver.code), cell(waiver.artifact or waiver.path or ""), prose_cell(until)]
    cells += [prose_cell(waiver.approver), prose_cell(waiver.owner), reason]
    return f"| {' | '.join(cells)} |\n"


def _check(result: Result) -> str:
    word = status(result)
    found, open_ = findings_of(result.outcome), blocking(result)
    notes = len(found) - len(open_) - len(result.waived)
    counts = [(len(open_), "open"), (len(result.waived), "waived"), (notes, f"note{'' if notes == 1 else 's'}")]
    told = ", ".join(f"{count} {noun}" for count, noun in counts if count) or "none"
    looked = 0 if isinstance(result.outcome, Crashed) else len(result.outcome.evidence)
    things = f"{looked} thing{'' if looked == 1 else 's'}" if looked else "nothing"
    origin = "" if result.provider.builtin else f" ({cell(result.provider.distribution)})"
    cached = f" (cached, from {prose_cell(result.cached)})" if result.cached else ""
    title = prose_cell(result.title[:1].lower() + result.title[1:])
    return f"| {_MARKS[word]} {word} | {cell(result.id)}{origin} | {told} | {things}{cached} | {title} |\n"


def _files(report: Report) -> Iterator[FileDigest]:
    if report.subject.policy:
        yield report.subject.policy
    yield from (file for file in report.subject.files if file.sha256)


def _digest(file: FileDigest) -> str:
    return f"| {cell(file.path)} | {cell(file.role)} | {cell(file.sha256 or '')} |\n"


def _findings(paper: _Paper, listed: Sequence[Entry]) -> None:
    """Write as many findings as fit, the gravest first; one that is too long makes room for the next."""
    told = [entry for entry in listed if entry.weight is not Weight.WAIVER]  # they have a table of their own
    if not told:
        return
    heading = f"### Findings\n\n{counted(told)}.\n\n"
    missing: list[Entry] = []
    room = paper.add(heading)
    misses = 0
    for index, entry in enumerate(told):
        if not room or misses >= _MISSES:
            missing += told[index:]
            break
        if paper.add(_finding(entry)):
            misses = 0
        else:
            missing.append(entry)
            misses += 1
    if missing:
        paper.left_out.append(f"{len(missing):,} finding{'' if len(missing) == 1 else 's'} ({counted(missing)})")


def _finding(entry: Entry) -> str:
    """Return a finding, collapsed to the line that names it."""
    word = entry.weight.word if entry.waiver is None or entry.severity is None else f"waived {entry.severity.value}"
    where = f" <code>{html(str(entry.at))}</code>" if entry.at is not None else ""
    lines = [f"<details><summary><b>{word}</b> <code>{html(entry.code)}</code>{where}</summary>", ""]
    if entry.waiver is not None:
        lines += [f"This is {prose(waived_by(entry.waiver))}", ""]
    lines += [block(entry.message), ""]
    if entry.trace:
        lines += [f"Path: {code(path_of(entry.trace))}", ""]
    return "\n".join([*lines, "Fix:", "", block(entry.fix), "", "</details>", "", ""])


def _closing(report: Report, left_out: Sequence[str]) -> str:
    cut = f"**Left out here, for want of room:** {'; '.join(left_out)}. All of it: " if left_out else ""
    whole = "`gatekeeper run --report json=report.json`\n\n" if left_out else ""
    exit_code = "no exit code" if report.exit_code is None else f"exit code {report.exit_code}"
    return f"{cut}{whole}gatekeeper {__version__}, profile {prose(report.profile.name)}, {exit_code}\n"
