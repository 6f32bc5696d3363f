"""The lint as text: each finding with its code, the path that leads to it and its fix; then what was looked at."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.report.lint import Judged, Lint
from gatekeeper.report.lint.frame import frame
from gatekeeper.report.lint.wording import (
    count,
    flaw_place,
    looked_at,
    path_of,
    place_of,
    sentence,
    steps_of,
    where,
)
from gatekeeper.report.printable import one_line


def render(lint: Lint) -> str:
    """Return the lint as plain text: UTF-8, no colour, no wrapping, no time."""
    return "".join(f"{line.rstrip()}\n" for line in _lines(lint))


def _lines(lint: Lint) -> Iterator[str]:
    for each in lint.open:
        yield from _finding(each, lint)
        yield ""
    for flaw in lint.flaws:
        place = flaw_place(flaw)
        yield one_line(f"{place}: {flaw.what}" if place else flaw.what)
        yield one_line(f"  fix: {flaw.fix}")
        yield ""
    yield one_line(f"looked at {looked_at(lint)}")
    if lint.analysis.unreached:
        number = count(len(lint.analysis.unreached), "forward call")
        first = ", ".join(where(each) for each in lint.analysis.unreached[:3])
        yield one_line(f"not judged: {number} that no entry point reaches: {first}{_more(lint)}")
        yield "            to judge them: --entry package.module:Class.method"
        yield "            (or --all-functions, which takes every public function for an entry point)"
    yield one_line(f"torch: {lint.torch}")
    for each in lint.suppressed:
        reason = each.suppressed.reason if each.suppressed else ""
        yield one_line(f"suppressed: {where(place_of(each))} {each.finding.code} -- {reason}")
    for sentence_ in lint.mended.refused if lint.mended else ():
        yield one_line(f"not fixed: {sentence_}")
    yield sentence(lint)


def _more(lint: Lint) -> str:
    return ", ..." if len(lint.analysis.unreached) > 3 else ""


def _finding(judged: Judged, lint: Lint) -> Iterator[str]:
    finding, at = judged.finding, place_of(judged)
    first, *more = finding.message.splitlines() or [""]
    yield one_line(f"{where(at)} {finding.code} {first}")
    yield from (one_line(f"  {line}") for line in more)
    yield from (f"  {line}" for line in frame(lint.lines.get((at.path, at.cell), ()), at))
    yield from _path(judged, explain=lint.explain_path)
    for index, line in enumerate(finding.fix.splitlines()):
        yield one_line(f"  {'     ' if index else 'fix: '}{line}")


def _path(judged: Judged, *, explain: bool) -> Iterator[str]:
    path = path_of(judged)
    if path is None:
        return
    yield one_line(f"  path: {path}")
    if explain:
        steps = steps_of(judged)
        widest = max(len(where(step.at)) for step in steps)
        named = max(len(step.function) for step in steps)
        for step in steps:
            yield one_line(f"    {where(step.at):<{widest}}  {step.function:<{named}}  {step.what}")
