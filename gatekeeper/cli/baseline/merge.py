"""`gatekeeper baseline merge`: the baselines of shards, added up."""

from __future__ import annotations

from pathlib import Path

import click

from gatekeeper.cli.baseline.sources import read_baseline
from gatekeeper.cli.env.evidence import tell
from gatekeeper.cli.files import write_whole
from gatekeeper.contract import baseline as contract
from gatekeeper.contract.baseline.merging import merge as merged


@click.command()
@click.argument("shards", metavar="BASELINE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The baseline to write.")
def merge(*, shards: tuple[Path, ...], output: Path) -> None:
    """Add up the baselines of shards of one data set.

    They must count at the same edges: build the first one of a sample, and each shard with `--like` that one.
    """
    made = merged([read_baseline(path) for path in shards])
    write_whole(output, contract.write(made))
    tell(f"wrote {output}: {made.data.rows:,} rows of {len(shards)} shards, {len(made.features)} features")
