"""`gatekeeper schema`: JSON Schemas generated from the types that read the documents."""

from __future__ import annotations

import click


@click.command()
@click.argument("document", type=click.Choice(["candidate", "record", "baseline", "manifest", "golden", "stress"]))
def schema(*, document: str) -> None:
    """Print the JSON Schema of a DOCUMENT.

    That is gatekeeper.yaml (candidate), the training record, the baseline, the manifest, a line of golden records, or a
    recorded stress.
    """
    import msgspec

    if document == "record":
        from gatekeeper.artifact.provenance.schema import record_schema as json_schema
    elif document == "baseline":
        from gatekeeper.contract.baseline.document import json_schema
    elif document == "manifest":
        from gatekeeper.contract.manifest.document import json_schema
    elif document == "golden":
        from gatekeeper.replay.golden.facts import json_schema
    elif document == "stress":
        from gatekeeper.replay.stress_record import json_schema
    else:
        from gatekeeper.policy import json_schema

    click.echo(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode())
