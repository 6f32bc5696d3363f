"""How a piece of a lock is shown to a reader: short, on one line, without secrets, odd characters by code point."""

from __future__ import annotations

import re

from gatekeeper.environment.urls import without_credentials

_SHOWN = 100
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,40}://[^\s'\"]+")


def quoted(text: str) -> str:
    """Return `text` in quotes for a message, at most 100 characters of it and no credentials of any URL in it."""
    clean = _URL.sub(lambda found: without_credentials(found[0]), text.strip())
    return repr(clean if len(clean) <= _SHOWN else f"{clean[: _SHOWN - 1]}…")


def code_point(character: str) -> str:
    """Return `U+00A0 (NO-BREAK SPACE)`: the only way to see a character that looks like another or like nothing."""
    import unicodedata

    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")
