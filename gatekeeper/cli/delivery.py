"""Where reports go: any number of formats in one run, to files and to standard output; the verdict is the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import click

from gatekeeper import policy
from gatekeeper.cli.candidates import declaration_of
from gatekeeper.cli.files import is_stream, write_whole
from gatekeeper.errors import GatekeeperError, Undelivered, UsageError
from gatekeeper.report import FORMATS, Report, renderer
from gatekeeper.report.printable import one_line
from gatekeeper.report.summary import sentence
from gatekeeper.words import did_you_mean


@dataclass(frozen=True, slots=True)
class Destination:
    """A format and the file for it.

    Attributes:
        path: None is standard output.
        aside: standard error in the place of standard output, which another report has.
    """

    format: str
    path: Path | None
    aside: bool = False


def destinations(reports: Sequence[str]) -> tuple[Destination, ...]:
    """Return where each `--report FORMAT[=PATH]` goes; text goes to standard output unless another report does.

    The commands for GitHub leave standard output to another report that wants it: the runner reads them on standard
    error too.

    Raises:
        UsageError: unknown format, a folder that is not there, a symbolic link, two reports for one place, or a file
            of GitHub's that can't be appended to.
    """
    wanted = [_parse(report) for report in reports]
    printed = [each for each in wanted if each.path is None]
    if not printed:
        wanted.append(Destination("text", None))
    elif len(printed) > 1:
        wanted = [replace(each, aside=each.path is None and each.format == "github") for each in wanted]
    places = [(each.path and each.path.resolve(), each.aside) for each in wanted]
    for place, aside in places:
        if places.count((place, aside)) > 1:
            where = place or "standard output"
            raise UsageError(f"--report: two reports for {where}", fix="give each a path: --report json=report.json")
    if any(each.format == "github" for each in wanted):
        _check_for_github(wanted)
    return tuple(wanted)


def _check_for_github(wanted: Sequence[Destination]) -> None:
    from gatekeeper.cli.github_files import GithubFiles, is_one_line

    GithubFiles.named_in(os.environ)
    path = _first_file(wanted)
    if path is not None and not is_one_line(path):
        what = f"--report: {one_line(str(path))!r} can't be an output of a step"
        raise UsageError(what, fix="name a file without line breaks or control characters")


def _first_file(wanted: Sequence[Destination]) -> Path | None:
    """Return the file of the first report that goes to one: the step's output `report`."""
    return next((each.path for each in wanted if each.path is not None and not is_stream(each.path)), None)


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


def expect_spared(wanted: Sequence[Destination], root: Path, config: Path | None) -> None:
    """Refuse a report in the place of what is judged: the policy, a declared file, anything in a declared folder.

    Raises:
        UsageError: a report would replace part of the candidate.
    """
    files = [each.path for each in wanted if each.path is not None and not is_stream(each.path)]
    for path in files:
        real = path.resolve()
        for role, part in _parts(root, config):
            if real == part or (part in real.parents and part != root.resolve()):
                raise UsageError(f"--report: {path} is part of the candidate ({role})", fix="name a file elsewhere")


def _parts(root: Path, config: Path | None) -> Iterator[tuple[str, Path]]:
    yield "policy", (config or root / policy.FILE_NAME).resolve()
    try:
        declared = declaration_of(root, config).policy
    except GatekeeperError:
        return  # it is told when the run begins
    yield from ((role, (root / part).resolve()) for role, part in policy.declared_paths(declared))


def deliver(report: Report, wanted: Sequence[Destination]) -> None:
    """Write every report; the files first, so that a closed standard output loses none.

    Raises:
        Undelivered: a file can't be written; the others are.
    """
    failed = _attempts(_files(report, wanted))
    for each in wanted:
        if each.path is None:
            _print(report, each)
    # Last, and only where all else was delivered: later steps take the outputs for the answer.
    failed = failed or _attempts([lambda: _append_for_github(report, wanted)])
    if failed:
        what = f"the verdict is {report.word}, and a report of it is lost: {failed[0].what}"
        raise Undelivered(what, fix=failed[0].fix) from failed[0]


def deliver_files(report: Report, wanted: Sequence[Destination]) -> None:
    """Write the reports that go to files, and not those that go to a stream: what is sent there can't be replaced.

    Raises:
        UsageError: a file can't be written; the others are.
    """
    failed = _attempts(_files(report, [each for each in wanted if each.path and not is_stream(each.path)]))
    if failed:
        raise failed[0]


def deliver_stopped(report: Report, wanted: Sequence[Destination]) -> None:
    """Write what a run that was stopped leaves: the reports in files, and in GitHub's files that it is INCOMPLETE.

    Raises:
        UsageError: a file can't be written; the others are.
    """
    failed = _attempts([lambda: deliver_files(report, wanted), lambda: _append_for_github(report, wanted)])
    if failed:
        raise failed[0]


def _attempts(writes: Sequence[Callable[[], None]]) -> list[UsageError]:
    failed: list[UsageError] = []
    for write in writes:
        try:
            write()
        except UsageError as error:
            failed.append(error)
    return failed


def _files(report: Report, wanted: Sequence[Destination]) -> list[Callable[[], None]]:
    def writer(format_: str, path: Path) -> Callable[[], None]:
        return lambda: write_whole(path, renderer(format_)(report).encode("utf-8", "backslashreplace"))

    return [writer(each.format, each.path) for each in wanted if each.path is not None]


def _append_for_github(report: Report, wanted: Sequence[Destination]) -> None:
    if any(each.format == "github" for each in wanted):
        from gatekeeper.cli.github_files import GithubFiles

        GithubFiles.named_in(os.environ).append(report, _first_file(wanted))


def _print(report: Report, where: Destination) -> None:
    stream = sys.stderr if where.aside else sys.stdout
    text = _text(report, stream) if where.format == "text" else renderer(where.format)(report)
    # Bytes: what the terminal's encoding can't show must not become a traceback, and JSON is always UTF-8.
    encoding = stream.encoding if where.format == "text" else "utf-8"
    stream.flush()
    stream.buffer.write(text.encode(encoding, "backslashreplace"))
    stream.flush()
    if where.format not in {"text", "github"}:
        click.echo(one_line(sentence(report)), err=True)


def _text(report: Report, stream: TextIO) -> str:
    """Return the text report as its reader can take it: wrapped on a terminal, coloured where that is wanted."""
    from shutil import get_terminal_size

    from gatekeeper.report.text import render_for_terminal

    is_terminal = stream.isatty()
    environ = os.environ
    forced = bool(environ.get("FORCE_COLOR"))
    colour = not environ.get("NO_COLOR") and (forced or _has_colours(is_terminal))
    # The log of a CI folds what is long itself, and a file is searched by lines: many shells and tools hand COLUMNS on,
    # so that alone it asks for nothing. Who forces a terminal's colours means its width, too.
    folds = (is_terminal and not environ.get("GITHUB_ACTIONS")) or (forced and environ.get("COLUMNS", "").isdecimal())
    width = max(get_terminal_size().columns, 1) if folds else None
    return render_for_terminal(report, width=width, encoding=stream.encoding, colour=colour)


def _has_colours(is_terminal: bool) -> bool:  # noqa: FBT001 - the one thing it is asked about
    return is_terminal and os.environ.get("TERM") != "dumb"
