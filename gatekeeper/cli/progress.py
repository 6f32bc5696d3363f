"""What a person at a terminal sees while the checks run. It goes to standard error, and is gone when they are done."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, cast

from gatekeeper.cli.delivery import Destination
from gatekeeper.cli.judging import Watcher
from gatekeeper.model import Result
from gatekeeper.registry import Chain, Link
from gatekeeper.report.summary import status

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PERIOD = 0.1
"""Seconds between two pictures."""


@contextmanager
def watching(wanted: Sequence[Destination]) -> Iterator[Watcher]:
    """Yield who is told how the run goes on: a live view on a terminal, nobody elsewhere.

    A pipe, a file and a CI get no view: what is drawn over is noise there.
    """
    if not any(each.path is None and each.format == "text" for each in wanted) or not _is_for_people():
        yield Watcher()
        return
    with _progress() as progress, _redrawn(progress):
        view = _View(progress)
        yield Watcher(assembled=view.assembled, started=view.started, finished=view.finished)


class _View:
    """How many checks are done, and which ones run. It is called by the thread that starts the checks."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._running: dict[str, TaskID] = {}
        self._whole: TaskID | None = None
        self._done = self._all = self._failed = 0

    def assembled(self, chain: Chain) -> None:
        """Take the checks that there are."""
        self._all = len(chain.links)
        self._whole = self._progress.add_task(self._told(), total=None)

    def started(self, link: Link) -> None:
        """Show a check that begins."""
        self._running[link.id] = self._progress.add_task(f"  {link.id}", total=None)

    def finished(self, result: Result) -> None:
        """Take a check away, and count it; one that could not even begin was never shown."""
        self._done += 1
        self._failed += status(result) != "PASS"
        if result.id in self._running:
            self._progress.remove_task(self._running.pop(result.id))
        if self._whole is not None:
            self._progress.update(self._whole, description=self._told())

    def _told(self) -> str:
        failed = f", {self._failed} not passed" if self._failed else ""
        return f"{self._done} of {self._all} checks{failed}"


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    # The streams stay as they are: a check is a fork of this process, and writes to its own.
    console = Console(
        file=cast("IO[str]", _Shown()), no_color=bool(os.environ.get("NO_COLOR")), highlight=False, emoji=False
    )
    spinner = SpinnerColumn("dots" if _shows("\u280b") else "line")
    told = TextColumn("{task.description}", markup=False)
    return Progress(
        spinner,
        told,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )


class _Shown:
    """Standard error as a place to draw on: a terminal that went away takes the view with it, and no verdict."""

    encoding = property(lambda _: sys.stderr.encoding)

    def isatty(self) -> bool:
        """Return that it is a terminal; `watching` has asked."""
        return True

    def write(self, text: str) -> None:
        """Draw."""
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Draw now."""
        with suppress(OSError):
            sys.stderr.flush()


@contextmanager
def _redrawn(progress: Progress) -> Iterator[None]:
    """Draw the view again and again while the block runs, and never while this process is being copied.

    A child that is forked while another thread writes would inherit the locks of the stream, held for ever. (The
    thread of rich itself does not look out for that.)
    """
    drawing, over = threading.Lock(), threading.Event()

    def draw() -> None:
        while not over.wait(_PERIOD):
            with drawing:
                progress.refresh()

    os.register_at_fork(before=drawing.acquire, after_in_parent=drawing.release, after_in_child=drawing.release)
    thread = threading.Thread(target=draw, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _is_for_people() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def _shows(text: str) -> bool:
    try:
        text.encode(sys.stderr.encoding)
    except UnicodeEncodeError:
        return False
    return True
