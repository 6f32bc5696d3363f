"""`gatekeeper baseline`: the distribution of the training data, and whether other data has left it."""

from __future__ import annotations

import click

from gatekeeper.cli import LazyGroup, Table

_COMMANDS: Table = {
    "build": ("gatekeeper.cli.baseline.build", "build", "Write the baseline of the data that a model was trained on."),
    "compare": ("gatekeeper.cli.baseline.compare", "compare", "Say whether other data has drifted from a baseline."),
    "merge": ("gatekeeper.cli.baseline.merge", "merge", "Add up the baselines of shards."),
    "show": ("gatekeeper.cli.baseline.show", "show", "Print a baseline as a table, or draw it."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def baseline() -> None:
    """Describe training data by exact counts, without its rows, and tell drift from it."""
