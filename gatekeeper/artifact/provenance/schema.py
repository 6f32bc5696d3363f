"""The JSON Schema of the training record, generated from its types."""

from __future__ import annotations

from typing import Any

import msgspec

from gatekeeper.artifact.provenance.parts import HEX
from gatekeeper.artifact.provenance.record import COMMIT, CREATED, SCHEMA, Record

_PATTERNS = {"sha256": HEX, "digest": HEX, "commit": COMMIT, "created": CREATED}


def record_schema() -> dict[str, Any]:
    """Return the JSON Schema of `gatekeeper/record@1`. `read_record` refuses more: paths that leave the folder."""
    _, definitions = msgspec.json.schema_components((Record,), ref_template="#/$defs/{name}")
    for each in definitions.values():
        each["description"] = each["description"].partition("\n")[0]
        if each.get("type") == "object":
            _close(each)
    record = definitions.pop("Record")
    properties = record["properties"]
    properties["files"]["minItems"] = 1
    for name in ("git", "builder"):
        # Where there is none, the key is left out and never null.
        (properties[name],) = (each for each in properties[name]["anyOf"] if each != {"type": "null"})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **record,
        "title": SCHEMA,
        "properties": {"schema": {"const": SCHEMA}, **properties},
        "required": ["schema", *record["required"], "data"],
        "$defs": definitions,
    }


def _close(definition: dict[str, Any]) -> None:
    """Allow no other key, and no value that the reader refuses."""
    definition["additionalProperties"] = False
    for name, value in definition["properties"].items():
        value.pop("default", None)
        if name in _PATTERNS:
            value["pattern"] = f"^(?:{_PATTERNS[name]})$"
        if value.get("type") == "integer":
            value["minimum"] = 0
