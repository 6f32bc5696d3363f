"""`gatekeeper baseline build`: the baseline of the training data, written where a model was trained."""

from __future__ import annotations

from pathlib import Path

import click

from gatekeeper import __version__
from gatekeeper.cli.baseline.sources import pairs_of, progress, read_baseline
from gatekeeper.cli.env.evidence import placed, tell
from gatekeeper.cli.files import write_whole
from gatekeeper.contract import baseline as contract
from gatekeeper.contract.baseline import Baseline, Named, UnknownPolicy
from gatekeeper.contract.baseline.limits import calibrate
from gatekeeper.errors import UsageError
from gatekeeper.reading import reading

_MANY = 10


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--target", metavar="COL", help="The column that the model learned.")
@click.option("--predictions", metavar="COL", help="What the model gave for these rows.")
@click.option("--confidence", metavar="COL", help="How sure it was.")
@click.option("--time", "time", metavar="COL", help="When a row is from: the season that the data covers.")
@click.option("--artifact", type=click.Path(path_type=Path), metavar="FILE", help="The model that was trained on it.")
@click.option("--lock", type=click.Path(path_type=Path), metavar="FILE", help="The lock that it was trained with.")
@click.option("--ignore", "ignored", metavar="COL", multiple=True, help="A column to leave out; repeatable.")
@click.option("--category", "categories", metavar="COL", multiple=True, help="Categories that look like numbers.")
@click.option(
    "--range-only",
    metavar="COL",
    multiple=True,
    help="A feature that follows the calendar or grows: only its range is watched; repeatable.",
)
@click.option("--unit", "units", metavar="COL=UNIT", multiple=True, help="The unit of a column; repeatable.")
@click.option(
    "--unknown",
    metavar="COL=POLICY",
    multiple=True,
    help="What the service does with an unknown category: reject, default or other; repeatable.",
)
@click.option(
    "-k", "k", type=click.IntRange(1), default=10, show_default=True, help="Rows that a category needs to be named."
)
@click.option(
    "--blocks",
    type=click.Choice(["auto", "time", "rows", "none"]),
    default="auto",
    show_default=True,
    help="What the data is held against itself by; auto: time with --time, else rows in their order.",
)
@click.option(
    "--like", type=click.Path(path_type=Path), metavar="FILE", help="Take the edges of this baseline, to merge."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), default="baseline.json", show_default=True)
def build(  # noqa: PLR0913 - one for each option
    *,
    data: Path,
    target: str | None,
    predictions: str | None,
    confidence: str | None,
    time: str | None,
    artifact: Path | None,
    lock: Path | None,
    ignored: tuple[str, ...],
    categories: tuple[str, ...],
    range_only: tuple[str, ...],
    units: tuple[str, ...],
    unknown: tuple[str, ...],
    k: int,
    blocks: str,
    like: Path | None,
    output: Path,
) -> None:
    """Write the baseline of DATA: counts at quantiles, categories, missing values, months, and no row of it.

    DATA is a CSV, Parquet, Arrow or JSON lines file. Every column but those named by an option is a feature, in the
    order in which the model takes them. Data larger than memory is read in pieces, twice.
    """
    if blocks == "time" and time is None:
        raise UsageError("--blocks time: no column says when a row is from", fix="name it: --time COL")
    with progress("counting") as told:
        made = contract.build(
            data,
            categories=categories,
            progress=told,
            target=target,
            predictions=predictions,
            confidence=confidence,
            time=time,
            ignored=ignored,
            range_only=range_only,
            units=pairs_of("--unit", units),
            unknown=_policies(unknown),
            k=k,
            blocks=blocks,
            artifact=_named(artifact),
            lock=_named(lock),
            like=None if like is None else read_baseline(like),
            generator=f"gatekeeper {__version__}",
        )
    written = contract.write(made)
    contract.read(written)  # what the gate would refuse is refused here, where it can still be mended
    write_whole(output, written)
    _warn(made)
    tell(f"wrote {output}: {made.data.rows:,} rows, {len(made.features)} features, {len(written):,} bytes")


def _policies(given: tuple[str, ...]) -> dict[str, UnknownPolicy]:
    policies = {}
    for column, value in pairs_of("--unknown", given).items():
        if value not in set(UnknownPolicy):
            raise UsageError(f"--unknown: got {value!r}, expected {', '.join(UnknownPolicy)}", fix="name one of these")
        policies[column] = UnknownPolicy(value)
    return policies


def _named(path: Path | None) -> Named | None:
    """Return a file's name and digest."""
    if path is None:
        return None

    def digest() -> Named:
        with reading(path) as opened:
            pass
        return Named(name=path.name, sha256=f"sha256:{opened.sha256}")

    return placed(str(path), digest)


def _warn(made: Baseline) -> None:
    """Say what the check of the gate will ask about."""
    if made.artifact is None:
        tell("warning: it belongs to no model; name the one that was trained on this data: --artifact FILE")
    if made.time is None:
        tell("warning: it says nothing of the season that the data covers; name the column with the time: --time COL")
    empty = [each.name for each in made.columns if not each.n]
    if empty:
        tell(f"warning: no value at all in: {_listed(empty)}")
    calibration = calibrate(made)
    apart = [each.name for each in made.features if calibration.apart(each) and not each.range_only]
    if apart and made.blocks is not None:
        what = "weeks or months" if made.blocks.by == "time" else "stretches of consecutive rows"
        tell(f"note: {what} differ more than chance in {_listed(apart)}: the limits of these are as wide as that")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_MANY]) + (f" and {len(names) - _MANY} more" if len(names) > _MANY else "")
