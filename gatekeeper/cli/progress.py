"""What a person at a terminal sees while the checks run. It goes to standard error, and is gone when they are done."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gatekeeper.cli.delivery import Destination
from gatekeeper.cli.judging import Watcher


@contextmanager
def watching(wanted: Sequence[Destination]) -> Iterator[Watcher]:
    """Yield who is told how the run goes on: a live view on a terminal, nobody elsewhere.

    A pipe, a file and a CI get no view: what is drawn over is noise there.
    """
    if not any(each.path is None and each.format == "text" for each in wanted) or not _is_for_people():
        yield Watcher()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    colour = "NO_COLOR" not in os.environ
    console = Console(file=sys.stderr, no_color=not colour, highlight=False, emoji=False)
    spinner = SpinnerColumn("dots" if _shows("\u280b") else "line")
    with Progress(
        spinner, TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
    ) as bar:
        tasks = {}
        yield Watcher(
            started=lambda link: tasks.update({link.id: bar.add_task(link.id, total=None)}),
            finished=lambda result: bar.remove_task(tasks[result.id]) if result.id in tasks else None,
        )


def _is_for_people() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def _shows(text: str) -> bool:
    try:
        text.encode(sys.stderr.encoding)
    except UnicodeEncodeError:
        return False
    return True
