"""`gatekeeper schema`: JSON Schemas generated from the types that read the documents."""

from __future__ import annotations

import click


@click.command()
@click.argument("document", type=click.Choice(["candidate", "record", "baseline", "manifest"]))
def schema(*, document: str) -> None:
    """Print the JSON Schema of a DOCUMENT: gatekeeper.yaml (candidate), the training record, the baseline, manifest."""
    import msgspec

    if document == "record":
        from gatekeeper.artifact.provenance.schema import record_schema as json_schema
    elif document == "baseline":
        from gatekeeper.contract.baseline.document import json_schema
    elif document == "manifest":
        from gatekeeper.contract.manifest.document import json_schema
    else:
        from gatekeeper.policy import json_schema

    click.echo(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode())
