"""Variables in a Dockerfile: `$A`, `${A}`, `${A:-x}`, `${A:+x}`, nested to any depth.

The rules are BuildKit's (`frontend/dockerfile/shell`): no expansion in single quotes, quotes fall away, the escape
character keeps the next one as it is. What has no value is not taken for empty, as Docker does: it is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#]")
_DEEPEST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """A text with its variables put in; `unknown` names those that have no value and what else can't be decided."""

    text: str
    unknown: tuple[str, ...] = ()


def expand(text: str, variables: Mapping[str, str | None], escape: str = "\\") -> Expanded:
    """Return the text without quotes and with the values of its variables; None in `variables` is a name without one.

    A variable without a value stays in the text as it was written.
    """
    reader = _Reader(text, variables, escape)
    return Expanded(text=reader.until(""), unknown=tuple(dict.fromkeys(reader.unknown)))


@dataclass(slots=True)
class _Reader:
    """Walks a text once, from left to right."""

    text: str
    variables: Mapping[str, str | None]
    escape: str
    at: int = 0
    depth: int = 0
    unknown: list[str] = field(default_factory=list)

    def until(self, end: str) -> str:
        """Return what is read up to `end`, which is consumed; to the end of the text for `""`."""
        parts: list[str] = []
        in_double = False
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character == end and not in_double:
                return "".join(parts)
            if character == '"':
                in_double = not in_double
            elif character == "'" and not in_double:
                parts.append(self._single())
            elif character == self.escape and self.at < len(self.text):
                parts.append(self._escaped(in_double=in_double))
            else:
                parts.append(self._variable() if character == "$" else character)
        if end:
            self.unknown.append("a `${` that is not closed")
        return "".join(parts)

    def _single(self) -> str:
        start, end = self.at, self.text.find("'", self.at)
        self.at = len(self.text) if end < 0 else end + 1
        return self.text[start : self.at - (end >= 0)]

    def _escaped(self, *, in_double: bool) -> str:
        character = self.text[self.at]
        self.at += 1
        return f"{self.escape}{character}" if in_double and character not in f'"${self.escape}' else character

    def _variable(self) -> str:
        braced = self.text.startswith("{", self.at)
        start = self.at - 1
        self.at += braced
        found = _NAME.match(self.text, self.at)
        if found is None:
            if braced:
                self.unknown.append("a `${` without a name")
            return self.text[start : self.at]
        self.at = found.end()
        return self._braced(found[0], start) if braced else self._value(found[0], start)

    def _braced(self, name: str, start: int) -> str:
        rest = self.text[self.at :]
        if rest.startswith("}"):
            self.at += 1
            return self._value(name, start)
        modifier = re.match(r":?[-+]", rest)
        if modifier is None or self.depth == _DEEPEST:
            self._skip()
            self.unknown.append(self.text[start : self.at])
            return self.text[start : self.at]
        self.at += modifier.end()
        return self._with_modifier(name, modifier[0])

    def _with_modifier(self, name: str, modifier: str) -> str:
        inner = _Reader(self.text, self.variables, self.escape, self.at, self.depth + 1)
        word = inner.until("}")
        self.at = inner.at
        value = self.variables.get(name)
        is_set = value is not None and (bool(value) or not modifier.startswith(":"))
        # Only what is taken has to be known.
        if is_set == modifier.endswith("+"):
            self.unknown += inner.unknown
            return word
        return (value or "") if is_set else ""

    def _value(self, name: str, start: int) -> str:
        value = self.variables.get(name)
        if value is None:
            self.unknown.append(name)
            return self.text[start : self.at]
        return value

    def _skip(self) -> None:
        end = self.text.find("}", self.at)
        self.at = len(self.text) if end < 0 else end + 1
