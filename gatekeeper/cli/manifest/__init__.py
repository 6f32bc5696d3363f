"""`gatekeeper manifest`: what may go into a model and come out of it, drafted, tried, explained, and enforced."""

from __future__ import annotations

import click

from gatekeeper.cli import LazyGroup, Table

_COMMANDS: Table = {
    "draft": ("gatekeeper.cli.manifest.draft", "draft", "Write a manifest to begin with, from a candidate's files."),
    "generate": (
        "gatekeeper.cli.manifest.generate",
        "generate_command",
        "Write the input model, guard, rules and dashboard.",
    ),
    "probe": ("gatekeeper.cli.manifest.probe", "probe", "Ask model and service for one record, and judge the answers."),
    "explain": ("gatekeeper.cli.manifest.explain", "explain", "Work out an explanation that the gate can verify."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def manifest() -> None:
    """Declare what production may feed a model and get from it, and write what enforces it."""
