"""A JSON document with its values asked for one by one; what is not as expected is told by its place in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn

from gatekeeper import strict_json
from gatekeeper.artifact.provenance.names import is_plain, quoted
from gatekeeper.errors import Unreadable

LARGEST = 4 * 1024 * 1024
"""Bytes of a document. A bundle over 15,000 files has less; objects made of a hostile one take twenty times as much."""

HEX = r"[0-9a-f]{64}"
"""A sha256 as these documents write it."""

_SHOWN = 100

_MAX_COUNT = 2**63 - 1
"""What a file system can count."""

_KINDS = {str: "text", bool: "true or false", list: "a list", dict: "an object", int: "a number", float: "a number"}


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a document; `path` is its place, such as `files[3]`, and `""` for the whole."""

    values: dict[str, Any]
    path: str
    fix: str

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def only(self, *keys: str) -> None:
        """Refuse any other key than these."""
        for key in self.values:
            if key not in keys:
                self.refuse(key, f"there is no such key, expected one of {', '.join(keys)}", shown=quoted(key))

    def text(self, key: str, pattern: str = r".+", expected: str = "text") -> str:
        """Return the text that must stand there, on one line, all of it matching `pattern`."""
        found = self._value(key, expected)
        if not isinstance(found, str) or not is_plain(found) or not re.fullmatch(pattern, found):
            self.refuse(key, f"got {_shown(found)}, expected {expected}")
        return found

    def data(self, key: str, expected: str) -> str:
        """Return the text that must stand there, however long it is."""
        found = self._value(key, expected)
        if not isinstance(found, str) or not found:
            self.refuse(key, f"got {_shown(found)}, expected {expected}")
        return found

    def sha256(self, key: str = "sha256") -> str:
        """Return the digest that must stand there."""
        return self.text(key, HEX, "64 hexadecimal digits in lower case")

    def count(self, key: str) -> int:
        """Return the whole number that must stand there, zero or more; `5.0` is one too."""
        found = self._value(key, "a whole number")
        whole = isinstance(found, int) or (isinstance(found, float) and found.is_integer())
        if isinstance(found, bool) or not whole or not 0 <= found <= _MAX_COUNT:
            self.refuse(key, f"got {_shown(found)}, expected a whole number from 0 to {_MAX_COUNT}")
        return int(found)

    def flag(self, key: str) -> bool:
        """Return the truth value that must stand there."""
        found = self._value(key, "true or false")
        if not isinstance(found, bool):
            self.refuse(key, f"got {_shown(found)}, expected true or false")
        return found

    def part(self, key: str) -> Part:
        """Return the object that must stand there."""
        found = self._value(key, "an object")
        if not isinstance(found, dict):
            self.refuse(key, f"got {_shown(found)}, expected an object")
        return Part(found, self.place(key), self.fix)

    def items(self, key: str) -> list[Any]:
        """Return the list that must stand there."""
        found = self._value(key, "a list")
        if not isinstance(found, list):
            self.refuse(key, f"got {_shown(found)}, expected a list")
        return found

    def parts(self, key: str) -> tuple[Part, ...]:
        """Return the objects of the list that must stand there."""
        found = self.items(key)
        for number, each in enumerate(found):
            if not isinstance(each, dict):
                self.refuse(f"{key}[{number}]", f"got {_shown(each)}, expected an object")
        return tuple(Part(each, f"{self.place(key)}[{number}]", self.fix) for number, each in enumerate(found))

    def refuse(self, key: str, problem: str, *, shown: str = "") -> NoReturn:
        """Raise Unreadable for the value of a key."""
        raise Unreadable(f"{self.place(shown or key)}: {problem}", fix=self.fix)

    def place(self, key: str) -> str:
        """Return where in the document a key stands."""
        return f"{self.path}.{key}" if self.path else key

    def _value(self, key: str, expected: str) -> Any:
        if key not in self.values:
            self.refuse(key, f"got nothing, expected {expected}")
        return self.values[key]


def read_object(stream: BinaryIO, what: str, fix: str) -> Part:
    """Return the object that is the whole document; see `parse_object`.

    Args:
        stream: The document, UTF-8.
        what: What the document is, for the errors: "training record".
        fix: What the reader does about one that can't be read.
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unreadable(f"got more than {LARGEST} bytes; no {what} is that large", fix=fix)
    return parse_object(data, what, fix)


def parse_object(data: bytes, what: str, fix: str) -> Part:
    """Return the object that is the whole document.

    Raises:
        Unreadable: It is no UTF-8 or no JSON, with line and column; it is nested too deeply, holds a key twice or a
            number that JSON has not (`NaN`), or is no object.
    """
    try:
        document = strict_json.loads(data.decode("utf-8"))
    except json.JSONDecodeError as error:
        problem = f"is no {what}: it is no JSON: {error.msg}"
        raise Unreadable(problem, fix=fix, line=error.lineno, column=error.colno) from error
    except UnicodeDecodeError as error:
        problem = f"is no {what}: byte 0x{data[error.start]:02x} is not UTF-8"
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        raise Unreadable(problem, fix=fix, line=line, column=column) from error
    except RecursionError as error:
        raise Unreadable(f"is no {what}: its lists and objects are nested too deeply", fix=fix) from error
    except ValueError as error:  # a key twice, a number that JSON has not, one of thousands of digits
        raise Unreadable(f"is no {what}: {error}", fix=fix) from error
    if not isinstance(document, dict):
        raise Unreadable(f"is no {what}: got {_shown(document)}, expected an object", fix=fix, line=1, column=1)
    return Part(document, "", fix)


def _shown(value: object) -> str:
    """Return a value for a message: text and numbers as they are, of the rest the kind."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool | int | float):
        return json.dumps(value)[:_SHOWN]
    return _KINDS.get(type(value), "null")
