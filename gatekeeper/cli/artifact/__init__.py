"""`gatekeeper artifact`: the training record of a model, the digests of its files, the bundle they were signed in."""

from __future__ import annotations

import click

from gatekeeper.cli import LazyGroup, Table

_COMMANDS: Table = {
    "record": ("gatekeeper.cli.artifact.record", "record", "Write the training record of model files."),
    "approve": ("gatekeeper.cli.artifact.approve", "approve", "Print the globals that model files may import."),
    "digest": ("gatekeeper.cli.artifact.digest", "digest", "Print the sha256 of each file of a model."),
    "verify": ("gatekeeper.cli.artifact.verify", "verify", "Hold a model against its model-signing bundle."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def artifact() -> None:
    """Record, approve, list and verify what vouches for a model file. No file is loaded."""
