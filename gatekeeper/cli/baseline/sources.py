"""What the commands of `gatekeeper baseline` share: reading baselines, progress on a terminal, pictures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from gatekeeper.cli.env.evidence import opened, placed
from gatekeeper.cli.files import write_whole
from gatekeeper.contract.baseline import Baseline, read
from gatekeeper.errors import UsageError

if TYPE_CHECKING:
    from gatekeeper.contract.baseline.decision import Comparison
    from gatekeeper.contract.baseline.sample import Sample

PICTURES = (".svg", ".png")


def read_baseline(path: Path) -> Baseline:
    """Return the baseline in a file, whose arithmetic holds.

    Raises:
        Unreadable: it can't be read, or was edited by hand.
    """
    from gatekeeper.contract.baseline.arithmetic import checked

    return placed(str(path), lambda: checked(opened(path, _closing)))


def _closing(stream: BinaryIO) -> Baseline:
    with stream:
        return read(stream)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int], None]]:
    """Yield what is told of rows that were read; on a terminal they are counted on standard error."""
    if not sys.stderr.isatty():
        yield lambda _rows: None
        return
    with click.progressbar(length=0, label=label, file=sys.stderr, show_eta=False, show_percent=False) as bar:
        seen = 0

        def told(rows: int) -> None:
            nonlocal seen
            seen += rows
            bar.label = f"{label} {seen:,} rows"
            bar.update(0)
            bar.render_progress()

        yield told


def picture_format(path: Path) -> str:
    """Return the format that a picture's name asks for.

    Raises:
        UsageError: it asks for none that is drawn.
    """
    suffix = path.suffix.lower()
    if suffix not in PICTURES:
        raise UsageError(f"--plot: {path.name} ends in {suffix or 'nothing'}", fix="name it FILE.svg or FILE.png")
    return suffix.removeprefix(".")


def draw(path: Path, baseline: Baseline, samples: Sequence[Sample] = (), comparison: Comparison | None = None) -> None:
    """Write a picture of a baseline, and of other data beside it.

    Raises:
        UsageError: what draws is not installed, or the file can't be written.
    """
    format_ = picture_format(path)
    from gatekeeper.report.baseline.plot import draw as drawn

    try:
        data = drawn(baseline, samples, comparison, format="svg" if format_ == "svg" else "png")
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("matplotlib"):
            raise
        what = "pictures are drawn by matplotlib, which is not installed"
        raise UsageError(what, fix="install it beside the gate: pip install 'model-gatekeeper[plot]'") from error
    write_whole(path, data)


def pairs_of(option: str, given: Sequence[str]) -> dict[str, str]:
    """Return `COLUMN=VALUE` options as a mapping.

    Raises:
        UsageError: there is no `=`, or a column is named twice.
    """
    found: dict[str, str] = {}
    for each in given:
        column, equals, value = each.rpartition("=")
        if not equals or not column or not value:
            raise UsageError(f"{option}: got {each!r}, expected COLUMN=VALUE", fix=f"write {option} price=EUR")
        if column in found:
            raise UsageError(f"{option}: {column!r} is named twice", fix="name it once")
        found[column] = value
    return found
