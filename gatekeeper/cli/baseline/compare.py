"""`gatekeeper baseline compare`: whether other data has drifted from the baseline, column by column."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gatekeeper.cli.baseline.sources import draw, picture_format, progress, read_baseline
from gatekeeper.contract import baseline as contract
from gatekeeper.contract.tables.files import placed
from gatekeeper.errors import Unreadable
from gatekeeper.report.baseline.comparing import CompareReport, render_json, render_text


@click.command()
@click.argument("baseline", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE.svg|png", help="Draw every column on one page.")
@click.option("--ignore", "ignored", metavar="COL", multiple=True, help="A column to leave out; repeatable.")
@click.option("--by-name", is_flag=True, help="Accept other columns, and the columns in another order.")
def compare(
    *, baseline: Path, data: Path, format_: str, plot: Path | None, ignored: tuple[str, ...], by_name: bool
) -> int:
    """Say whether DATA has drifted from BASELINE, column by column.

    An alarm is a difference that is both certain and large enough to matter. A column with too few rows to tell is
    UNDERPOWERED, and that is no pass.

    Exit codes: 0 no drift, 1 drift, 2 usage, 3 it can't be told.
    """
    if plot is not None:
        picture_format(plot)
    trained = read_baseline(baseline)
    with progress("comparing") as told:
        try:
            samples = contract.counts(trained, data, ignored=ignored, by_name=by_name, progress=told)
        except Unreadable as error:
            raise placed(data, error) from error
    comparison = contract.decide(trained, samples)
    report = CompareReport(baseline=trained, path=str(baseline), data=str(data), comparison=comparison)
    if plot is not None:
        draw(plot, trained, samples, comparison)
    text = render_json(report) if format_ == "json" else render_text(report)
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()
    return report.exit_code
