"""`gatekeeper schema`: JSON Schemas generated from the types that read or write the documents."""

from __future__ import annotations

from importlib import import_module

import click

_SCHEMAS = {
    "candidate": ("gatekeeper.policy", "json_schema"),
    "record": ("gatekeeper.artifact.provenance.schema", "record_schema"),
    "baseline": ("gatekeeper.contract.baseline.document", "json_schema"),
    "manifest": ("gatekeeper.contract.manifest.document", "json_schema"),
    "golden": ("gatekeeper.replay.golden.facts", "json_schema"),
    "stress": ("gatekeeper.replay.stress_record", "json_schema"),
    "report": ("gatekeeper.report.document", "json_schema"),
    "waivers": ("gatekeeper.waivers", "json_schema"),
    "signoff": ("gatekeeper.report.signoff.document", "json_schema"),
    "doctor": ("gatekeeper.report.doctor", "json_schema"),
}
"""Document to the module and the function that say what it is like; one is imported when it is asked for."""


@click.command()
@click.argument("document", type=click.Choice(list(_SCHEMAS)))
def schema(*, document: str) -> None:
    """Print the JSON Schema of a DOCUMENT.

    That is gatekeeper.yaml (candidate), the training record, the baseline, the manifest, a line of golden records, a
    recorded stress, the report of a run (--report json), waivers.yaml, a sign-off (signoff.json), or what the doctor
    says (doctor --json).
    """
    import msgspec

    module, function = _SCHEMAS[document]
    found = getattr(import_module(module), function)()
    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
