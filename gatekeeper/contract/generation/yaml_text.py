"""YAML as this project writes it: mappings, lists and texts, in one layout, with comments for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

Node: TypeAlias = "str | int | float | Commented | Block | Mapping[str, Node] | Sequence[Node]"

_STEP: Final = "  "


class Commented:
    """A value with a comment above it; in a list or as the value of a key."""

    def __init__(self, comment: str, value: Node) -> None:
        self.comment, self.value = comment, value


class Block(str):
    """A text that is written as it is, line by line; it holds printable ASCII alone."""

    __slots__ = ()


def dump(document: Mapping[str, Node], head: str = "") -> str:
    """Return the document; `head` are lines of comment before it."""
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    return "\n".join([*lines, *_mapping(document, "")]) + "\n"


def _mapping(node: Mapping[str, Node], indent: str) -> Iterator[str]:
    for key, value in node.items():
        if isinstance(value, Commented):
            yield from _comment(value.comment, indent)
            value = value.value  # noqa: PLW2901 - the value without its comment
        yield from _entry(f"{indent}{_key(key)}:", value, indent)


def _entry(head: str, value: Node, indent: str) -> Iterator[str]:
    if isinstance(value, Block):
        yield f"{head} |-"
        yield from (f"{indent}{_STEP}{line}".rstrip() for line in value.splitlines())
    elif isinstance(value, str | int | float):
        yield f"{head} {_scalar(value)}"
    elif not value:
        yield f"{head} {'{}' if isinstance(value, Mapping) else '[]'}"
    elif isinstance(value, Mapping):
        yield head
        yield from _mapping(value, indent + _STEP)
    elif isinstance(value, Sequence):
        yield head
        yield from _list(value, indent + _STEP)


def _list(node: Sequence[Node], indent: str) -> Iterator[str]:
    for item in node:
        value = item
        if isinstance(item, Commented):
            yield from _comment(item.comment, indent)
            value = item.value
        if isinstance(value, Mapping) and value:
            lines = list(_mapping(value, indent + _STEP))
            first = next(place for place, line in enumerate(lines) if not line.lstrip().startswith("#"))
            lines[first] = f"{indent}- {lines[first].lstrip()}"
            yield from lines
        elif isinstance(value, str | int | float):
            yield f"{indent}- {_scalar(value)}"


def _comment(comment: str, indent: str) -> Iterator[str]:
    return (f"{indent}# {line}".rstrip() for line in comment.splitlines())


def _key(key: str) -> str:
    return key if key.replace("_", "a").isalnum() and key.isascii() else _scalar(key)


def _scalar(value: float | str) -> str:
    if isinstance(value, str):
        escaped = "".join(_escaped(character) for character in value)
        return f'"{escaped}"'
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    if character == "\n":
        return "\\n"
    code = ord(character)
    if 0x20 <= code < 0x7F:
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
