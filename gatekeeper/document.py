"""YAML documents with positions: every error at once, each with line, column and the fix.

`yaml.compose` gives the nodes; the types that they must have come from `msgspec.inspect`; the values are then
built by `msgspec.convert`. What YAML 1.1 would change silently is refused: `2.10` where a string belongs is 2.1 to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, NoReturn, TypeVar

import msgspec
import yaml
from msgspec import inspect as shape

from gatekeeper.decoder import Decoder, describe, mark
from gatekeeper.errors import PolicyError, Problem
from gatekeeper.model import Location

T = TypeVar("T")

MAX_BYTES = 256 * 1024
"""What people write by hand is a few KiB; the limit keeps a hostile document from costing seconds."""


@dataclass(frozen=True, slots=True)
class Document(Generic[T]):
    """A typed document and where each of its keys stands.

    Attributes:
        value: the typed content.
        marks: dotted key (`environment.training`, `artifacts[0]`) to its value's (line, column), both from 1.
    """

    value: T
    marks: Mapping[str, tuple[int, int]]


def load(data: bytes, path: str, type_: type[T]) -> Document[T]:
    """Return the document in `data` as `type_`, a msgspec Struct or a dataclass.

    Args:
        data: the file's bytes.
        path: the file's name, for the errors.
        type_: what the top level must be.

    Raises:
        PolicyError: with every problem of the document.
    """
    root = _compose(_decode(data, path), path)
    decoder = Decoder(path)
    plain = decoder.decode(root, shape.type_info(type_), "")
    decoder.finish()
    return Document(msgspec.convert(plain, type_), decoder.marks)


def _decode(data: bytes, path: str) -> str:
    if len(data) > MAX_BYTES:
        _fail(path, 1, 1, f"{len(data):,} bytes; expected at most {MAX_BYTES:,}", "keep data out of this file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        _fail(path, line, column, f"byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8")


def _compose(text: str, path: str) -> yaml.MappingNode:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        _fail(path, line, 1, f"character U+{error.character:04X} is not allowed in YAML", "remove it")
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        line, column = (at.line + 1, at.column + 1) if at else (1, 1)
        _fail(path, line, column, f"not YAML: {error.problem or error.context}", _syntax_fix(text, line))
    except RecursionError:
        _fail(path, 1, 1, "nested too deeply to be read", "flatten it; a few levels are enough")
    if node is None:
        _fail(path, 1, 1, "the file is empty", "start with `schema:` and `name:`")
    if not isinstance(node, yaml.MappingNode):
        line, column = mark(node)
        _fail(path, line, column, f"got {describe(node)}, expected keys and values", "start with `schema:` and `name:`")
    return node


def _syntax_fix(text: str, line: int) -> str:
    lines = text.splitlines()
    shown = lines[line - 1] if line <= len(lines) else ""
    if "\t" in shown:
        return "indent with spaces; YAML allows no tabs"
    return f"look at: {shown.strip()[:80]}" if shown.strip() else "look at the line before: something is not closed"


def _fail(path: str, line: int, column: int, what: str, fix: str) -> NoReturn:
    raise PolicyError([Problem(at=Location(path=path, line=line, column=column), what=what, fix=fix)])
