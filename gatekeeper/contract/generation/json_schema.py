"""The JSON Schema (2020-12) of a request: the same documents that the input model accepts.

One thing a schema can't say: to JSON Schema `12.0` is a whole number, to the input model it is none.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from gatekeeper.contract.generation.identity import digest
from gatekeeper.contract.generation.input_model import is_open, limits
from gatekeeper.contract.manifest.facts import Input, Kind, Manifest

LARGEST: Final = int(sys.float_info.max)
_TYPES: Final = {Kind.NUMBER: "number", Kind.INTEGER: "integer", Kind.BOOLEAN: "boolean"}


def json_schema(manifest: Manifest) -> dict[str, Any]:
    """Return the schema; `$comment` says of which manifest it is."""
    inputs = manifest.requested
    required = [name for name, each in inputs.items() if each.missing != "default"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"generated from the manifest {digest(manifest)}",
        "title": "Request",
        "description": f"A request to {manifest.model.name} {manifest.model.version}.",
        "type": "object",
        "properties": {name: _property(each) for name, each in inputs.items()},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _property(each: Input) -> dict[str, Any]:
    value = _value(each)
    return {"anyOf": [value, {"type": "null"}], "default": None} if each.missing == "default" else value


def _value(each: Input) -> dict[str, Any]:
    if each.of is Kind.CATEGORY and each.vocabulary and not is_open(each):
        if len(each.vocabulary) == 1:
            return {"type": "string", "const": each.vocabulary[0]}
        return {"type": "string", "enum": list(each.vocabulary)}
    found: dict[str, Any] = {"type": _TYPES.get(each.of, "string")}
    if each.of in {Kind.CATEGORY, Kind.TEXT}:
        found["minLength"] = 1
    low, high = limits(each)
    if each.of.measured:  # a whole number that no float can hold is none
        low, high = (-LARGEST if low is None else low), (LARGEST if high is None else high)
    if low is not None:
        found["minimum"] = _plain(low)
    if high is not None:
        found["maximum"] = _plain(high)
    if each.unit:
        found["description"] = f"in {each.unit}"
    return found


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value
