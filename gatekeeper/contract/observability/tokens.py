"""The words of PromQL: numbers, durations, texts, names and signs; white space and comments are none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 64 * 1024
"""Characters of an expression; those that are generated have a few hundred."""

_PATTERN: Final = re.compile(
    r"""
    (?P<space>\s+|\#[^\n]*)
  | (?P<variable>\$\w+|\$\{[^}]*\})
  | (?P<duration>(?:\d+(?:ms|[smhdwy]))+(?![\w.]))
  | (?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>:?[A-Za-z_][A-Za-z0-9_:]*)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
  | (?P<sign>=~|!~|!=|==|>=|<=|[-+*/%^<>=(){}\[\],@:])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)
_NAMED: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}


class NotPromQL(ValueError):
    """A text is no expression that is understood here."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word: what it is, and its text; that of a string is what it says."""

    kind: str
    text: str


def tokens(expression: str) -> list[Token]:
    """Return the words of an expression.

    Raises:
        NotPromQL: it is too long, or has a character that no word has.
    """
    if len(expression) > LONGEST:
        raise NotPromQL(f"has {len(expression):,} characters, expected at most {LONGEST:,}")
    found, place = [], 0
    while place < len(expression):
        match = _PATTERN.match(expression, place)
        if match is None:
            raise NotPromQL(f"got {expression[place : place + 20]!r}")
        place = match.end()
        kind = match.lastgroup or ""
        if kind == "text":
            found.append(Token(kind, unquoted(match[0])))
        elif kind != "space":
            found.append(Token(kind, match[0]))
    return found


def unquoted(written: str) -> str:
    """Return what a text in quotes says."""
    inside = written[1:-1]
    return inside if written[0] == "`" else _ESCAPE.sub(_character, inside)


def _character(match: re.Match[str]) -> str:
    hexadecimal = match[1] or match[2] or match[3]
    if hexadecimal:
        code = int(hexadecimal, 16)
        return chr(code) if code < 0x110000 else "\ufffd"
    if match[4]:
        return chr(int(match[4], 8))
    return _NAMED.get(match[5], match[5])


def seconds(duration: str) -> float:
    """Return the seconds of a duration such as `1h30m`.

    Raises:
        NotPromQL: it is none.
    """
    if not re.fullmatch(r"(?:\d{1,12}(?:ms|[smhdwy]))+|0", duration):
        raise NotPromQL(f"got {duration[:20]!r}, expected a duration such as 5m")
    return sum(int(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+)(ms|[smhdwy])", duration))
