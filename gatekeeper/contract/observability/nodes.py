"""YAML as other people write it: several documents in a file, anchors, any key; bounded, and nothing is constructed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import yaml

from gatekeeper.errors import Unreadable

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a file."""
MOST: Final = 400_000
"""Nodes of a document, where an alias counts as all that it stands for."""
DEEPEST: Final = 60
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def decoded(data: bytes) -> str:
    """Return the text of a file.

    Raises:
        Unreadable: it is too large, or no UTF-8.
    """
    if len(data) > LARGEST:
        raise Unreadable(f"has {len(data):,} bytes, expected at most {LARGEST:,}", fix="split the file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"byte 0x{data[error.start]:02x} is not UTF-8", fix="save it as UTF-8", line=line) from error


def documents(text: str) -> list[yaml.Node]:
    """Return the documents of a YAML file, without those that are empty.

    Raises:
        Unreadable: it is no YAML, is nested too deeply, or its aliases stand for too much.
    """
    try:
        _flat(text)
        found = list(yaml.compose_all(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        fix = "render the template first, or mend it there"
        raise Unreadable(f"is no YAML: {error.problem or error.context}", fix=fix, line=line, column=column) from error
    except yaml.YAMLError as error:
        raise Unreadable("has a character that YAML does not allow", fix="remove it") from error
    except RecursionError as error:
        raise Unreadable("is nested too deeply", fix="flatten it") from error
    for node in found:
        _bounded(node)
    return found


def _flat(text: str) -> None:
    """Refuse what is nested too deeply before nodes are made of it: libyaml's composer would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                mark = event.start_mark
                raise Unreadable("is nested too deeply", fix="flatten it", line=mark.line + 1 if mark else None)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _bounded(root: yaml.Node) -> None:
    seen, waiting = 0, [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if seen > MOST or depth > DEEPEST:
            raise Unreadable("is nested too deeply, or its aliases stand for too much", fix="write it out, flat")
        if isinstance(node, yaml.MappingNode):
            waiting.extend((child, depth + 1) for pair in node.value for child in pair)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend((child, depth + 1) for child in node.value)


def line(node: yaml.Node) -> int:
    """Return the line of a node, from 1."""
    return int(node.start_mark.line) + 1


def child(node: yaml.Node | None, *keys: str) -> yaml.Node | None:
    """Return the value of a key, of a key in that, and so on; None where there is none."""
    for key in keys:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next(
            (value for name, value in node.value if isinstance(name, yaml.ScalarNode) and name.value == key), None
        )
    return node


def text(node: yaml.Node | None, *keys: str) -> str:
    """Return the text of a scalar, whatever YAML would make of it; empty where there is none."""
    found = child(node, *keys)
    return str(found.value) if isinstance(found, yaml.ScalarNode) and not found.tag.endswith(":null") else ""


def items(node: yaml.Node | None, *keys: str) -> list[yaml.Node]:
    """Return the items of a list; a single text stands for a list of it."""
    found = child(node, *keys)
    if isinstance(found, yaml.SequenceNode):
        return list(found.value)
    return [found] if isinstance(found, yaml.ScalarNode) and found.value else []


def pairs(node: yaml.Node | None, *keys: str) -> Iterator[tuple[str, yaml.Node]]:
    """Yield the keys and values of a mapping."""
    found = child(node, *keys)
    if isinstance(found, yaml.MappingNode):
        for name, value in found.value:
            if isinstance(name, yaml.ScalarNode):
                yield str(name.value), value


def texts(node: yaml.Node | None, *keys: str) -> dict[str, str]:
    """Return a mapping of texts."""
    return {name: text(value) for name, value in pairs(node, *keys)}
