"""Where reports go: any number of formats in one run, to files and to standard output; the verdict is the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from gatekeeper.cli.files import is_stream, write_whole
from gatekeeper.errors import Undelivered, UsageError
from gatekeeper.report import FORMATS, Report, renderer
from gatekeeper.report.printable import one_line
from gatekeeper.report.summary import sentence
from gatekeeper.words import did_you_mean


@dataclass(frozen=True, slots=True)
class Destination:
    """A format and the file for it; None is standard output."""

    format: str
    path: Path | None


def destinations(reports: Sequence[str]) -> tuple[Destination, ...]:
    """Return where each `--report FORMAT[=PATH]` goes; text goes to standard output unless another report does.

    Raises:
        UsageError: unknown format, a folder that is not there, a symbolic link, or two reports for one place.
    """
    wanted = [_parse(report) for report in reports]
    if all(each.path is not None for each in wanted):
        wanted.append(Destination("text", None))
    places = [each.path and each.path.resolve() for each in wanted]
    for place in places:
        if places.count(place) > 1:
            where = place or "standard output"
            raise UsageError(f"--report: two reports for {where}", fix="give each a path: --report json=report.json")
    return tuple(wanted)


def _parse(report: str) -> Destination:
    format_, separator, name = report.partition("=")
    if format_ not in FORMATS:
        raise UsageError(f"--report: there is no format {format_!r}", fix=did_you_mean(format_, FORMATS))
    if not separator or name == "-":
        return Destination(format_, None)
    path = Path(name)
    if not name or path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"--report: {name or 'nothing'!r} can't be written", fix="name a file in a folder that exists")
    return Destination(format_, path)


def deliver(report: Report, wanted: Sequence[Destination]) -> None:
    """Write every report; the files first, so that a closed standard output loses none.

    Raises:
        Undelivered: a file can't be written; the others are.
    """
    failed: list[UsageError] = []
    for each in wanted:
        if each.path is not None:
            try:
                _write(report, each.format, each.path)
            except UsageError as error:
                failed.append(error)
    for each in wanted:
        if each.path is None:
            _print(report, each.format)
    if failed:
        what = f"the verdict is {report.word}, and a report of it is lost: {failed[0].what}"
        raise Undelivered(what, fix=failed[0].fix) from failed[0]


def deliver_files(report: Report, wanted: Sequence[Destination]) -> None:
    """Write the reports that go to files, and not those that go to a stream: what is sent there can't be replaced.

    Raises:
        UsageError: a file can't be written.
    """
    for each in wanted:
        if each.path is not None and not is_stream(each.path):
            _write(report, each.format, each.path)


def _write(report: Report, format_: str, path: Path) -> None:
    write_whole(path, renderer(format_)(report).encode("utf-8", "backslashreplace"))


def _print(report: Report, format_: str) -> None:
    if format_ == "text" and _on_terminal():
        from shutil import get_terminal_size

        from gatekeeper.report.text import render_for_terminal

        colour = "NO_COLOR" not in os.environ
        width = get_terminal_size().columns
        text = render_for_terminal(report, width=width, encoding=sys.stdout.encoding, colour=colour)
    else:
        text = renderer(format_)(report)
    # Bytes: what the terminal's encoding can't show must not become a traceback, and JSON is always UTF-8.
    encoding = sys.stdout.encoding if format_ == "text" else "utf-8"
    sys.stdout.buffer.write(text.encode(encoding, "backslashreplace"))
    sys.stdout.flush()
    if format_ != "text":
        click.echo(one_line(sentence(report)), err=True)


def _on_terminal() -> bool:
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()
