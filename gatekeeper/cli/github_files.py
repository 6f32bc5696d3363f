"""What a step of GitHub Actions leaves: its summary and its outputs, appended to files that the runner names.

`GITHUB_STEP_SUMMARY` takes Markdown, `GITHUB_OUTPUT` lines `name=value`. Both are written where `--report github` is
asked for and the variables are set. They are looked at before the run, so that a verdict is not lost to a wrong path.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.errors import UsageError
from gatekeeper.report import Report
from gatekeeper.report.markdown import render_within
from gatekeeper.report.printable import one_line

SUMMARY, OUTPUT = "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"

MAX_SUMMARY = 1_000_000
"""Bytes that a summary may have with all that other steps' commands left in it. GitHub discards a longer one whole; its
limit is 1 MiB, and a summary cut to exactly that was refused too."""


@dataclass(frozen=True, slots=True)
class GithubFiles:
    """The files that the runner names; None where it names none."""

    summary: Path | None
    output: Path | None

    @classmethod
    def named_in(cls, environ: Mapping[str, str]) -> GithubFiles:
        """Return the files that the environment names.

        Raises:
            UsageError: one can't be appended to: it is a link, a folder or a device, or its mode says no.
        """
        return cls(*(_usable(name, environ.get(name, "")) for name in (SUMMARY, OUTPUT)))

    def append(self, report: Report, path: Path | None) -> None:
        """Append the report's Markdown, and the outputs `verdict`, `exit-code` and `report`, the path of a report.

        Raises:
            UsageError: one of them can't be written; the other is.
        """
        failed: list[UsageError] = []
        try:
            if self.summary is not None:
                _append(SUMMARY, self.summary, lambda size: _summary(report, size))
        except UsageError as error:
            failed.append(error)
        if self.output is not None:
            _append(OUTPUT, self.output, lambda _: _outputs(report, path))
        if failed:
            raise failed[0]


def is_one_line(path: Path) -> bool:
    """Return whether a path can be the value of an output: nothing in it begins a new line."""
    return str(path).isprintable()


def _summary(report: Report, size: int) -> str:
    """Return what is appended to a summary that has `size` bytes: nothing where it is full."""
    text = render_within(report, MAX_SUMMARY - size - 2)
    return f"\n\n{text}" if size and text else text


def _outputs(report: Report, path: Path | None) -> str:
    exit_code = "" if report.exit_code is None else report.exit_code
    return f"verdict={report.word.lower()}\nexit-code={exit_code}\nreport={'' if path is None else path}\n"


def _usable(name: str, value: str) -> Path | None:
    if not value:
        return None
    with _opened(name, Path(value)):
        return Path(value)


@contextmanager
def _opened(name: str, path: Path) -> Iterator[int]:
    """Yield a descriptor that appends to a regular file; it is made if it is not there."""
    # NOFOLLOW: who can put a link there would choose the file. NONBLOCK: a pipe without a reader would wait for ever.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    fix = f"let {name} name a file in a folder that exists, or unset it"
    try:
        descriptor = os.open(path, flags, 0o644)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UsageError(f"{name}: {one_line(str(path))} is no regular file", fix=fix)
            yield descriptor
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{name}: {one_line(str(path))} can't be written: {why}", fix=fix) from error


def _append(name: str, path: Path, text: Callable[[int], str]) -> None:
    """Append what `text` makes of the bytes that are there already."""
    with _opened(name, path) as descriptor:
        data = text(os.fstat(descriptor).st_size).encode("utf-8", "backslashreplace")
        while data:
            data = data[os.write(descriptor, data) :]
