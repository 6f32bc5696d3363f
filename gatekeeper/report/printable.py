"""What a candidate says, made safe to print: a file's name may hold an escape sequence that repaints the verdict."""

from __future__ import annotations

import unicodedata

_KEPT = frozenset("\n\t")


def printable(text: str) -> str:
    """Return `text` with each control, format and surrogate character shown as an escape."""
    if text.isprintable():
        return text
    return "".join(each if each in _KEPT or not is_hostile(each) else _escaped(each) for each in text)


def one_line(text: str) -> str:
    """Return `text` printable and on one line."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def is_hostile(character: str) -> bool:
    """Return whether a character is none to be seen: it moves, hides or reorders what is."""
    # Cc: control, Cf: format (among them the bidirectional overrides), Cs: surrogates, Zl and Zp: line separators.
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
