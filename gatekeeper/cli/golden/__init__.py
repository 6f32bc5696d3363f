"""`gatekeeper golden`: what a model answered when it was approved, recorded, and asked again."""

from __future__ import annotations

import click

from gatekeeper.cli import LazyGroup, Table

_COMMANDS: Table = {
    "record": ("gatekeeper.cli.golden.record", "record", "Pick requests, ask the predictor, and write the answers."),
    "replay": ("gatekeeper.cli.golden.replay", "replay", "Ask the golden records again, and say how far it is off."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def golden() -> None:
    """Record what the production handler answers, and replay it: deviation, repeatability, memory."""
