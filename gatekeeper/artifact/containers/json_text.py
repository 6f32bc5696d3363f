"""JSON of a container, read so that nothing in it is lost or doubled unseen."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, NoReturn

from gatekeeper.artifact.containers.limits import MAX_JSON_VALUES
from gatekeeper.artifact.errors import Damaged, TooLarge

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
"""One of the two escapes that make a character beyond U+FFFF; alone it is no text that can be encoded."""


def read_json(data: bytes, what: str) -> tuple[Any, tuple[str, ...]]:
    """Return the value of a JSON text, and the keys that an object in it has more than once (the last value counts).

    Raises:
        TooLarge: it has more than MAX_JSON_VALUES values.
        Damaged: it is no JSON of RFC 8259 in UTF-8, has half of a character in a text, or is nested deeper than
            Python's parser goes.
    """
    if sum(map(data.count, (b"{", b"[", b","))) > MAX_JSON_VALUES:
        raise TooLarge(f"{what} has more than {MAX_JSON_VALUES} values", fix="split the model into several files")
    repeated: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.extend(key for key, count in counts.items() if count > 1)
        return found

    try:
        value = json.loads(data.decode(), object_pairs_hook=members, parse_constant=_no_number)
        if _SURROGATE.search(data) is not None:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Damaged(f"{what} is no valid JSON ({error})") from error
    return value, tuple(repeated)


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number in JSON")
