"""YAML as tools write it into locks: tables, lists and texts with positions; what is only for people is refused.

Built from libyaml's events. `yaml.compose` would do it as well, but it recurses in C, so that 30,000 nested lists kill
the process, and it takes twice the time. Anchors, aliases, merge keys and tags are refused where they begin: no tool
writes them into a lock, and each can make a document mean something else than it looks, or explode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from gatekeeper.environment.quoting import code_point, quoted
from gatekeeper.errors import Unreadable

# conda-lock and pixi nest six levels.
MAX_DEPTH = 16
FIX = "write the lock again with its tool; it is not for editing by hand"

_BEGINNINGS = (yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent)
# Plain scalars that are no text to YAML 1.1 (PyYAML, which conda-lock writes with): `1.10` would be the number 1.1.
_NO_TEXT = re.compile(
    r"[-+]?(?:[0-9]+|(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?)|0x[0-9a-f]+|[-+]?\.(?:inf|nan)"
    r"|~|null|true|false|yes|no|on|off|",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Text:
    """A scalar: its text, and where it stands (from 1)."""

    value: str
    plain: bool
    line: int
    column: int


@dataclass(slots=True)
class Table:
    """A mapping and where it begins (from 1)."""

    line: int
    column: int
    entries: dict[str, Value]

    def text(self, key: str) -> Text:
        """Return the text at a key that must be there.

        Raises:
            Unreadable: It is not there, or it is no text.
        """
        return as_text(self._required(key), key)

    def optional_text(self, key: str) -> Text | None:
        """Return the text at a key, None if the key or its value is not there; Unreadable if it is no text."""
        value = self.entries.get(key)
        return None if value is None or _is_null(value) else as_text(value, key)

    def table(self, key: str) -> Table:
        """Return the table at a key that must be there; Unreadable if it is not, or is none."""
        return as_table(self._required(key), key)

    def items(self, key: str) -> tuple[Value, ...]:
        """Return the members of the list at a key, none if there is no such key; Unreadable if it is no list."""
        value = self.entries.get(key)
        return () if value is None or _is_null(value) else as_items(value, key)

    def flag(self, key: str) -> bool:
        """Return whether a key's value is `true`, which it is not without the key; Unreadable if it is neither."""
        value = self.entries.get(key)
        if value is None:
            return False
        if isinstance(value, Text) and value.plain and value.value in {"true", "false"}:
            return value.value == "true"
        raise unexpected(value, f"true or false for {key}")

    def _required(self, key: str) -> Value:
        if key not in self.entries:
            raise Unreadable(f"there is no `{key}` here", fix=FIX, line=self.line, column=self.column)
        return self.entries[key]


@dataclass(slots=True)
class Items:
    """A list and where it begins (from 1)."""

    line: int
    column: int
    members: list[Value]


Value: TypeAlias = Text | Table | Items


def read_document(text: str) -> Table:
    """Return the table that the document is.

    Args:
        text: As `decoding.decode` gives it.

    Raises:
        Unreadable: It is no YAML, not one table, nested deeper than 16 levels, or has an anchor, an alias, a merge key,
            a tag, or one key twice.
    """
    try:
        return _build(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        line, column = (1, 1) if at is None else (at.line + 1, at.column + 1)
        what = f"this is no YAML: {error.problem or error.context}"
        raise Unreadable(what, fix=FIX, line=line, column=column) from error
    except yaml.reader.ReaderError as error:
        what = f"got {code_point(chr(error.character))}, a character that YAML does not allow"
        raise Unreadable(what, fix=FIX, line=text.count("\n", 0, error.position) + 1) from error


def as_text(value: Value, called: str) -> Text:
    """Return a value that must be text; Unreadable if it is a list, a table, or a number or the like to YAML."""
    if not isinstance(value, Text) or (value.plain and _NO_TEXT.fullmatch(value.value)):
        raise unexpected(value, f"text for {called}")
    return value


def as_table(value: Value, called: str) -> Table:
    """Return a value that must be a table; Unreadable if it is none."""
    if not isinstance(value, Table):
        raise unexpected(value, f"keys and values for {called}")
    return value


def as_items(value: Value, called: str) -> tuple[Value, ...]:
    """Return the members of a value that must be a list; Unreadable if it is none."""
    if not isinstance(value, Items):
        raise unexpected(value, f"a list for {called}")
    return tuple(value.members)


def unexpected(value: Value, expected: str) -> Unreadable:
    """Return the error that something else stands where `expected` belongs."""
    match value:
        case Text():
            got = (quoted(value.value) if value.value else "nothing") + (" without quotes" if value.plain else "")
        case Table():
            got = "keys and values"
        case Items():
            got = "a list"
    return Unreadable(f"got {got}, expected {expected}", fix=FIX, line=value.line, column=value.column)


def _is_null(value: Value) -> bool:
    return isinstance(value, Text) and value.plain and value.value in {"", "~", "null"}


def _build(events: Iterator[yaml.Event]) -> Table:
    """Return the one table of the document; a loop with a stack of its own, which no depth of nesting can exhaust."""
    root = Items(1, 1, [])
    stack: list[Table | Items] = [root]
    key: str | None = None
    for event in events:
        if isinstance(event, _BEGINNINGS):
            value = _value(event, len(stack))
            parent = stack[-1]
            if isinstance(parent, Items):
                parent.members.append(value)
            elif key is None:
                key = _key(value, parent)
            else:
                parent.entries[key] = value
                key = None
            if not isinstance(value, Text):
                stack.append(value)
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
        else:
            _refuse_other(event, root)
    return as_table(root.members[0] if root.members else Text("", plain=True, line=1, column=1), "a lock")


def _value(event: yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent, depth: int) -> Value:
    line, column = _at(event)
    if event.anchor is not None:
        raise Unreadable(f"got the anchor &{event.anchor}, which no lock needs", fix=FIX, line=line, column=column)
    if event.tag is not None:
        raise Unreadable(f"got the tag {quoted(event.tag)}, which no lock needs", fix=FIX, line=line, column=column)
    if isinstance(event, yaml.ScalarEvent):
        return Text(event.value, not event.style, line, column)
    if depth > MAX_DEPTH:
        raise Unreadable(f"nested deeper than {MAX_DEPTH} levels, as no lock is", fix=FIX, line=line, column=column)
    return Table(line, column, {}) if isinstance(event, yaml.MappingStartEvent) else Items(line, column, [])


def _key(value: Value, table: Table) -> str:
    if not isinstance(value, Text):
        raise unexpected(value, "text for a key")
    if value.plain and value.value == "<<":
        raise Unreadable("got a merge key, which no lock needs", fix=FIX, line=value.line, column=value.column)
    if value.value in table.entries:
        what = f"the key {quoted(value.value)} stands here twice"
        raise Unreadable(what, fix=FIX, line=value.line, column=value.column)
    return value.value


def _refuse_other(event: yaml.Event, root: Items) -> None:
    line, column = _at(event)
    if isinstance(event, yaml.AliasEvent):
        raise Unreadable(f"got the alias *{event.anchor}, which no lock needs", fix=FIX, line=line, column=column)
    if isinstance(event, yaml.DocumentStartEvent) and root.members:
        raise Unreadable("a second document begins here; expected one", fix=FIX, line=line, column=column)


def _at(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None  # libyaml marks every event
    return mark.line + 1, mark.column + 1
