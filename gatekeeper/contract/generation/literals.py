"""Values as Python writes them, laid out as a formatter would, within 120 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

WIDTH: Final = 120


def number(value: float) -> str:
    """Return a finite number: a whole one without its `.0`, so that a limit reads as people wrote it."""
    if value % 1 == 0 and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def text(value: str) -> str:
    """Return a text in double quotes, in ASCII."""
    escaped = "".join(_escaped(character) for character in value)
    return f'"{escaped}"'


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    if character.isascii() and character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def scalar(value: float | str) -> str:
    """Return a number, a truth value or a text."""
    if isinstance(value, str):
        return text(value)
    return repr(value) if isinstance(value, bool) else number(value)


def sequence(values: Iterable[str], indent: int, *, opening: str = "(", closing: str = ")") -> str:
    """Return written values between brackets: on one line, or filled into lines that begin `indent` + 4 columns in."""
    listed = list(values)
    comma = "," if len(listed) == 1 and opening == "(" else ""
    line = f"{opening}{', '.join(listed)}{comma}{closing}"
    if indent + len(line) <= WIDTH - 10:
        return line
    return "\n".join([opening, *_filled(listed, indent + 4), " " * indent + closing])


def _filled(values: Sequence[str], indent: int) -> list[str]:
    lines, current = [], ""
    for value in values:
        if current and indent + len(current) + len(value) + 2 > WIDTH:
            lines.append(" " * indent + current)
            current = ""
        current = f"{current} {value}," if current else f"{value},"
    return [*lines, " " * indent + current] if current else lines


def comment(words: str, indent: int = 0) -> str:
    """Return a comment of as many lines as it takes; what comes from a manifest can't leave it."""
    flat = " ".join("".join(each if each.isprintable() else " " for each in words).split())
    lines = textwrap.wrap(flat, WIDTH - indent - 2, break_long_words=False, break_on_hyphens=False) or [""]
    return "\n".join(f"{' ' * indent}# {line}".rstrip() for line in lines)


def docstring(words: str) -> str:
    """Return words as they may stand in a docstring: no quote or backslash ends it early."""
    flat = " ".join("".join(each if each.isprintable() else " " for each in words).split())
    return flat.replace("\\", "/").replace('"""', "'''").rstrip('"')
