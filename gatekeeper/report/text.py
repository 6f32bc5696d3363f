"""The text report: what a tired person reads. One line a check, its findings below it, and one last sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import StringIO

from gatekeeper.engine import findings_of
from gatekeeper.model import Crashed, Examined, Finding, Result, Scalar, Severity, Unable, Waiver
from gatekeeper.report import Report
from gatekeeper.report.commands import quiet
from gatekeeper.report.entries import path_of, waived_by
from gatekeeper.report.printable import one_line
from gatekeeper.report.summary import sentence, status
from gatekeeper.waivers import State, Use

MAX_SHOWN = 25
"""Findings printed for one check, the gravest first. The JSON report has them all."""

MAX_EVIDENCE = 12
"""Pieces of evidence printed for one check."""

_ORDER = {Severity.CRITICAL: 0, Severity.ERROR: 1, Severity.NOTE: 2}
_STYLE = {"PASS": "bold green", "FAIL": "bold red", "UNDECIDED": "bold yellow", "INCOMPLETE": "bold yellow"}
_SYMBOL = {"PASS": ("✓", "+"), "FAIL": ("✗", "x"), "UNDECIDED": ("?", "?")}


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line: its indentation in columns, its text, and the style of its first word."""

    indent: int
    text: str
    lead: str = ""
    style: str = ""


def render(report: Report) -> str:
    """Return the report as plain text: UTF-8, no colour, no wrapping."""
    return _plain(lines(report))


def render_for_terminal(report: Report, *, width: int | None, encoding: str, colour: bool) -> str:
    """Return the report in what an encoding can show, folded to `width` columns, or not at all where that is None.

    Words that are longer than a line, such as a digest, are broken and never cut.
    """
    written = (_encodable(line, encoding) for line in lines(report, ascii_only=not _shows_symbols(encoding)))
    if width is None and not colour:
        return _plain(written)
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    out = StringIO()
    console = Console(
        file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False, emoji=False, _environ={}
    )
    for line in written:
        text = Text.assemble((line.lead, line.style if colour else ""), line.text, overflow="fold")
        if width is None:
            console.print(Text(" " * line.indent).append_text(text), soft_wrap=True)
        else:
            console.print(Padding(text, (0, 0, 0, min(line.indent, width // 4))))
    # Not `splitlines`, which breaks at characters that are no line's end.
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().removesuffix("\n").split("\n"))


def _plain(written: Iterable[Line]) -> str:
    return "".join(f"{' ' * line.indent}{line.lead}{line.text}".rstrip() + "\n" for line in written)


def _encodable(line: Line, encoding: str) -> Line:
    """Return the line with what the encoding does not have as an escape, so that it is folded as it is shown."""
    return replace(line, text=line.text.encode(encoding, "backslashreplace").decode(encoding))


def _shows_symbols(encoding: str) -> bool:
    try:
        "✓✗".encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def lines(report: Report, *, ascii_only: bool = False) -> Iterator[Line]:
    """Yield the report's lines. None of them is a command to the CI in whose log it is shown."""
    for line in _lines(report, ascii_only=ascii_only):
        yield replace(line, text=quiet(line.text))


def _lines(report: Report, *, ascii_only: bool) -> Iterator[Line]:
    version = f" {report.subject.version}" if report.subject.version else ""
    yield Line(0, one_line(f"{report.subject.name}{version}: {_checks(report)}, profile {report.profile.name}"))
    for result in report.results:
        yield from _check(result, ascii_only=ascii_only)
    yield from _waivers(report.waivers)
    yield Line(0, "")
    word, colon, rest = sentence(report).partition(":")
    yield Line(0, one_line(colon + rest), lead=word, style=_STYLE[word])


def _checks(report: Report) -> str:
    return f"{len(report.results)} check{'' if len(report.results) == 1 else 's'}"


def _check(result: Result, *, ascii_only: bool) -> Iterator[Line]:
    word = status(result)
    symbol = _SYMBOL[word][ascii_only]
    plugin = "" if result.provider.builtin else f"  [{result.provider.distribution} {result.provider.version}]"
    cached = f"  [cached, from {result.cached}]" if result.cached else ""
    lead = f"{symbol} {word:<9}"
    yield Line(0, one_line(f" {result.id:<22} {result.title}{plugin}{cached}"), lead=lead, style=_STYLE[word])
    yield from _evidence(result)
    yield from _outcome(result)
    findings = sorted(
        findings_of(result.outcome), key=lambda finding: (finding in result.waived, _ORDER[finding.severity])
    )
    for finding in findings[:MAX_SHOWN]:
        yield from _finding(finding, result.waived.get(finding))
    if len(findings) > MAX_SHOWN:
        yield Line(4, f"... and {len(findings) - MAX_SHOWN} more; all of them: --report json=report.json")


def _waivers(uses: Sequence[Use]) -> Iterator[Line]:
    """Yield what became of each waiver that is not simply in use: those that end soon, and those without effect."""
    for use in uses:
        waiver = use.waiver
        if use.state is not State.USED:
            yield Line(
                0, one_line(f" {use.state}: {waiver.code}  {waiver.at}: {use.why}"), lead="waiver", style="yellow"
            )
        elif use.ends_soon:
            ends = f"ends {waiver.expires}, in {use.days_left} day{'' if use.days_left == 1 else 's'}"
            yield Line(0, one_line(f" {ends}: {waiver.code}  {waiver.at}"), lead="waiver", style="yellow")


def _evidence(result: Result) -> Iterator[Line]:
    """Yield what was looked at: what was measured on it, and its digest, whole."""
    if isinstance(result.outcome, Crashed):
        return
    evidence = result.outcome.evidence
    for each in evidence[:MAX_EVIDENCE]:
        measured = [f"{name} {_number(value)}" for name, value in each.measured.items()]
        digest = [f"sha256:{each.sha256}"] if each.sha256 else []
        yield Line(4, one_line(f" {each.what}: {', '.join([*measured, *digest])}"), lead="saw", style="dim")
    if len(evidence) > MAX_EVIDENCE:
        yield Line(4, f"... and {len(evidence) - MAX_EVIDENCE} more; all of them: --report json=report.json")
    if not evidence and not findings_of(result.outcome):
        yield Line(4, "looked at nothing")


def _number(value: Scalar) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _outcome(result: Result) -> Iterator[Line]:
    match result.outcome:
        case Unable(obstacles=obstacles):
            for obstacle in obstacles:
                where = f"  {obstacle.at}" if obstacle.at else ""
                yield Line(4, one_line(f"{where}"), lead="unable", style="yellow")
                yield Line(6, one_line(obstacle.what))
                yield Line(6, one_line(obstacle.fix), lead="fix: ", style="bold")
        case Crashed(error=error, detail=detail):
            yield Line(4, "", lead="crashed", style="yellow")
            yield Line(6, one_line(error))
            yield from (Line(6, one_line(line)) for line in detail.splitlines()[-3:-1])
            yield Line(6, "a check that crashes decides nothing; report it to its author", lead="fix: ", style="bold")
        case Examined():
            return


def _finding(finding: Finding, waiver: Waiver | None) -> Iterator[Line]:
    style = {"critical": "bold red", "error": "red", "note": "cyan"}[finding.severity.value]
    lead = finding.severity.value if waiver is None else f"waived {finding.severity.value}"
    yield Line(4, one_line(f"  {finding.code}  {finding.at}"), lead=lead, style=style if waiver is None else "yellow")
    if waiver is not None:
        yield Line(6, one_line(waived_by(waiver).removeprefix("waived ")), lead="waived ", style="yellow")
    yield from (Line(6, one_line(line)) for line in finding.message.splitlines())
    if finding.trace:
        yield Line(6, one_line(path_of(finding.trace)), lead="path: ", style="bold")
    for index, line in enumerate(finding.fix.splitlines()):
        yield Line(6 if index == 0 else 11, one_line(line), lead="" if index else "fix: ", style="bold")
