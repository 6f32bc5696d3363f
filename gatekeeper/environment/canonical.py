"""Canonical JSON: one way to write a document, so that equal documents have equal bytes and can be hashed.

The bytes are also made to be read: what is hashed is what `--explain` prints, and two outputs can be `diff`ed line by
line. `environment-hash.md` describes the form for those who compute it without this code.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gatekeeper.errors import Unreadable

_QUOTED = json.encoder.encode_basestring
Json: TypeAlias = str | int | bool | Sequence["Json"] | Mapping[str, "Json"] | None


def canonical_json(document: Mapping[str, Json]) -> bytes:
    """Return the document's canonical bytes, those that `jq -S --indent 1 .` prints of it.

    Keys sorted, one blank of indentation a level, `,` at the end of a line and `: ` behind a key, no escapes but those
    that JSON demands, strings in Unicode's normal form C, UTF-8, one line feed at the end.

    Raises:
        Unreadable: A string holds half a surrogate pair, which no UTF-8 has.
    """
    text = _written(document, "\n ")
    try:
        return f"{text}\n".encode()
    except UnicodeEncodeError as error:
        what = f"got half a surrogate pair (U+{ord(text[error.start]):04X}), expected text that UTF-8 can write"
        raise Unreadable(what, fix="write the file again by the tool that made it") from error


def sha256_of(data: bytes) -> str:
    """Return `sha256:<hex>`."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _written(value: Json, line: str) -> str:
    """Return what `json.dumps` would, in a fraction of its time: with an indentation that one is all Python.

    Args:
        value: The value to write.
        line: What begins a line inside of it: a line feed and the indentation.
    """
    match value:
        case str():
            return _QUOTED(value if value.isascii() else unicodedata.normalize("NFC", value))
        case None | bool() | int():
            return json.dumps(value)
        case Mapping():
            parts = [f"{_QUOTED(key)}: {_written(value[key], f'{line} ')}" for key in sorted(value)]
            return f"{{{line}{f',{line}'.join(parts)}{line[:-1]}}}" if parts else "{}"
        case _:
            parts = [_written(each, f"{line} ") for each in value]
            return f"[{line}{f',{line}'.join(parts)}{line[:-1]}]" if parts else "[]"
