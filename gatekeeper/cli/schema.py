"""`gatekeeper schema`: JSON Schemas generated from the types that read the documents."""

from __future__ import annotations

import click


@click.command()
@click.argument("document", type=click.Choice(["candidate"]))
def schema(*, document: str) -> None:
    """Print the JSON Schema of a DOCUMENT: candidate is gatekeeper.yaml."""
    del document
    import msgspec

    from gatekeeper.policy import json_schema

    click.echo(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode())
