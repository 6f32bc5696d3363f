"""`gatekeeper baseline show`: a baseline for people."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gatekeeper.cli.baseline.sources import draw, picture_format, read_baseline
from gatekeeper.report.baseline.showing import render_text


@click.command()
@click.argument("baseline", type=click.Path(path_type=Path))
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE.svg|png", help="Draw every column on one page.")
def show(*, baseline: Path, plot: Path | None) -> None:
    """Print BASELINE as a table: what each column holds, with its shape as a sparkline."""
    if plot is not None:
        picture_format(plot)
    read = read_baseline(baseline)
    if plot is not None:
        draw(plot, read)
    sys.stdout.buffer.write(render_text(read).encode("utf-8", "backslashreplace"))
    sys.stdout.flush()
