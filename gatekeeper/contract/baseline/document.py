"""`baseline.json`: the same bytes for the same facts, and nothing read that was not written so."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import msgspec

from gatekeeper import strict_json
from gatekeeper.contract.baseline.facts import SCHEMA, Baseline
from gatekeeper.errors import Unreadable

LARGEST = 64 * 1024 * 1024
"""Bytes; a baseline of 10,000 columns has some 20 MB."""
_AGAIN = "build it again: gatekeeper baseline build DATA -o baseline.json"


def write(baseline: Baseline) -> bytes:
    """Return the document: one feature a line, so that a change of one is a change of one line.

    Raises:
        ValueError: a number is not finite; no such baseline is ever built.
    """
    plain = msgspec.to_builtins(baseline)
    lines = ["{"]
    for place, (key, value) in enumerate(plain.items(), start=1):
        end = "," if place < len(plain) else ""
        if key in {"features", "pairs"} and value:
            rows = ",\n".join(f"  {_compact(each)}" for each in value)
            lines.append(f' "{key}": [\n{rows}\n ]{end}')
        else:
            lines.append(f' "{key}": {_compact(value)}{end}')
    return "\n".join([*lines, "}", ""]).encode()


def _compact(value: Any) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def read(data: bytes | BinaryIO) -> Baseline:
    """Return the baseline in a document's bytes, or in an open file.

    Raises:
        Unreadable: it is too large, no JSON, of another schema or a newer one, or a value is not what its key says.
    """
    raw = data if isinstance(data, bytes) else data.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Unreadable(f"has more than {LARGEST:,} bytes", fix=_AGAIN)
    document = _loaded(raw)
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise _other_schema(schema)
    try:
        return msgspec.convert(document, Baseline, strict=True)
    except msgspec.ValidationError as error:
        raise Unreadable(f"is no baseline: {error}", fix=_AGAIN) from error


def _loaded(raw: bytes) -> Any:
    try:
        document = strict_json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 (byte {error.start:,})", fix=_AGAIN) from error
    except json.JSONDecodeError as error:
        raise Unreadable(f"is no JSON: {error.msg}", fix=_AGAIN, line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise Unreadable("is nested too deeply", fix=_AGAIN) from error
    except ValueError as error:
        raise Unreadable(f"is no JSON: {error}", fix=_AGAIN) from error
    return document


def _other_schema(schema: object) -> Unreadable:
    known = isinstance(schema, str) and schema.startswith("gatekeeper/baseline@")
    if known:
        return Unreadable(f"has the schema {schema}, this gate reads {SCHEMA}", fix=f"update the gate, or {_AGAIN}")
    got = "no schema" if schema is None else f"the schema {str(schema)[:80]!r}"
    return Unreadable(f"has {got}, expected {SCHEMA!r}", fix=_AGAIN)


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of a baseline, generated from its types."""
    generated = msgspec.json.schema(Baseline)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA} | generated
