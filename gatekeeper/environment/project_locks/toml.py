"""A lock in TOML, with the line of each package, and its values asked for by type.

`tomli` gives no positions, so that the headers of the packages are counted in the text; where the count is not the
number of packages that `tomli` found, nobody can say which line is whose, and the lock is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import tomli

from gatekeeper.environment.facts import Hash
from gatekeeper.environment.hashes import MalformedHash, parse_hash
from gatekeeper.environment.names import canonical_name, is_name
from gatekeeper.environment.project_locks.markers import ProjectMarkers
from gatekeeper.environment.quoting import code_point, quoted
from gatekeeper.errors import BrokenPin, Unreadable

_POSITION = re.compile(r" \(at (?:line (?P<line>[0-9]+), column (?P<column>[0-9]+)|end of document)\)$")
# `tomli` takes time by the square of the parts of a dotted key; real locks have two or three.
_MOST_DOTS = 64
_DOTTED = re.compile(rf"""[ \t]*\[{{0,2}}(?:[ \t]*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')[ \t]*\.){{{_MOST_DOTS}}}""")
_ODD = re.compile(r"[^\x20-\x7e]")
# `str(Version)` needs no more; what is longer only exhausts the parser.
_LONGEST_VERSION = 256
_T = TypeVar("_T")
_KINDS = {str: "a string", dict: "a table", list: "an array", bool: "true or false", int: "a whole number"}


@dataclass(frozen=True, slots=True)
class Document:
    """A whole lock.

    Attributes:
        text: Of the file.
        again: The command that writes it again, for the fix of an error.
        markers: Keeps the markers that were parsed before.
    """

    text: str
    again: str
    markers: ProjectMarkers = field(default_factory=ProjectMarkers)

    def load(self) -> Table:
        """Return the top of the document.

        Raises:
            Unreadable: It is no TOML, or nested deeper than any lock.
        """
        for number, line in enumerate(self.text.split("\n"), start=1):
            if line.count(".") >= _MOST_DOTS and _DOTTED.match(line) is not None:
                what = f"got a key of more than {_MOST_DOTS} parts; no lock has such"
                raise Unreadable(what, fix=self.again, line=number, column=1)
        try:
            return Table(tomli.loads(self.text), self, "the lock", None)
        except RecursionError as error:
            raise Unreadable("the TOML is nested deeper than any lock", fix=self.again) from error
        except ValueError as error:
            raise self._not_toml(error) from error

    def _not_toml(self, error: ValueError) -> Unreadable:
        if not isinstance(error, tomli.TOMLDecodeError):
            return Unreadable("got a number of more digits than any lock has", fix=self.again)
        reason = _POSITION.sub("", str(error))
        found = _POSITION.search(str(error))
        line = column = None
        if found is not None and found["line"] is not None:
            line, column = int(found["line"]), int(found["column"])
        elif found is not None:
            line, reason = self.text.count("\n") + 1, f"{reason}, at the end of the file, which may be cut off"
        return Unreadable(f"the TOML can't be read: {reason}", fix=self.again, line=line, column=column)

    def line_of(self, literal: str) -> int | None:
        """Return the line of a text that stands in the file once; None if it does not."""
        return self.text.count("\n", 0, self.text.index(literal)) + 1 if self.text.count(literal) == 1 else None


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the document; `what` and `line` tell an error of it."""

    values: dict[str, Any]
    document: Document
    what: str
    line: int | None

    def error(self, what: str, *, literal: str = "", fix: str | None = None) -> Unreadable:
        """Return the error, at the line of the literal if the file has it once, else at the table's."""
        line = self.document.line_of(literal) if literal else None
        return Unreadable(f"{self.what}: {what}", fix=fix or self.document.again, line=line or self.line)

    def broken(self, what: str, literal: str) -> BrokenPin:
        """Return the error that a literal, on its line if the file has it once, can't be a pin."""
        line = self.document.line_of(literal) or self.line
        return BrokenPin(f"{self.what}: {what}", fix=self.document.again, line=line)

    def text(self, key: str) -> str:
        """Return a string that must be there."""
        value = self.optional(key, str)
        if not value:
            raise self.error(f"got no {key}, expected one")
        return value

    def optional(self, key: str, kind: type[_T]) -> _T | None:
        """Return a value of one type, None if there is none."""
        value = self.values.get(key)
        if value is not None and type(value) is not kind:
            raise self.error(f"got {_shown(value)} for {key}, expected {_KINDS[kind]}")
        return value

    def table(self, key: str) -> Table:
        """Return a table, an empty one if there is none."""
        values: dict[str, Any] = self.optional(key, dict) or {}
        return Table(values, self.document, self.what, self.line)

    def texts(self, key: str) -> list[str]:
        """Return an array of strings, an empty one if there is none."""
        return self._array(key, str)

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the tables of an array, which may be absent."""
        for values in self._array(key, dict):
            yield Table(values, self.document, self.what, self.line)

    def arrays(self, key: str) -> Iterator[list[Table]]:
        """Yield the arrays of tables of an array, which may be absent."""
        for values in self._array(key, list):
            yield list(Table({key: values}, self.document, self.what, self.line).tables(key))

    def _array(self, key: str, kind: type[_T]) -> list[_T]:
        values: list[Any] = self.optional(key, list) or []
        for value in values:
            if type(value) is not kind:
                raise self.error(f"got {_shown(value)} among {key}, expected {_KINDS[kind]} each")
        return values

    def packages(self, key: str) -> list[Table]:
        """Return the tables of the packages with their lines.

        Raises:
            Unreadable: One has no name, or the text has another number of headers `[[key]]`.
        """
        tables = list(self.tables(key))
        lines = _package_lines(self.document.text.split("\n"), key)
        if len(lines) != len(tables):
            what = f"got {len(lines)} headers [[{key}]] for {len(tables)} packages, so that their lines can't be told"
            raise self.error(what)
        named = []
        for each, line in zip(tables, lines, strict=True):
            placed = Table(each.values, self.document, "a package", line)
            name = placed.text("name")
            what = f"the package {name}" if is_name(name) else placed.what
            named.append(Table(each.values, self.document, what, line))
        return named

    def name(self, key: str = "name") -> str:
        """Return the canonical name that stands at a key."""
        return self.as_name(self.text(key))

    def as_name(self, text: str) -> str:
        """Return the canonical form of a name: of a package, an extra or a group."""
        if not is_name(text):
            what = f"got {_plain(text)}, expected a name: ASCII letters, digits, and . _ - between them"
            raise self.error(what) if text.isascii() else self.broken(what, text)
        return canonical_name(text)

    def version(self) -> str | None:
        """Return `str(Version)`, None if there is none."""
        from packaging.version import Version

        text = self.optional("version", str)
        if text is None:
            return None
        try:
            return str(Version(text if text.isascii() and len(text) <= _LONGEST_VERSION else ""))
        except ValueError as error:
            raise self.error(f"got the version {_plain(text)}, expected one by PEP 440", literal=text) from error

    def specifier(self, text: str) -> str:
        """Return a specifier of PEP 440 in the spelling of `packaging`."""
        from packaging.specifiers import SpecifierSet

        try:
            return str(SpecifierSet(text if text.isascii() else "?"))
        except ValueError as error:
            raise self.error(f"got {_plain(text)}, expected a specifier by PEP 440 such as >=3.10") from error

    def marker(self, text: str) -> str:
        """Return a marker in the language of PEP 751."""
        try:
            return self.document.markers.normalised(text)
        except ValueError as error:
            reason = str(error).partition("\n")[0]
            raise self.error(f"{_plain(text)} is no marker: {reason}", literal=text) from error

    def hash(self, text: str, file: str) -> Hash:
        """Return the hash of a file that `algorithm:hex` spells."""
        try:
            return parse_hash(text if text.isascii() else _plain(text), file)
        except MalformedHash as error:
            raise self.broken(f"{error} (of {file})", text) from error


def _plain(text: str) -> str:
    """Return the text in quotes, and behind it the first character that only looks like another."""
    odd = _ODD.search(text)
    return quoted(text) if odd is None else f"{quoted(text)} with {code_point(odd[0])}"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return _plain(value)
    return _KINDS[type(value)] if isinstance(value, dict | list) else str(value)[:40]


def _package_lines(lines: Sequence[str], key: str) -> list[int]:
    """Return the line of each package's name; of its header, if no line of the table begins with the name."""
    header = re.compile(rf"[ \t]*\[\[[ \t]*{key}[ \t]*\]\][ \t]*(?:#.*)?")
    headers = [number for number, line in enumerate(lines) if "[[" in line and header.fullmatch(line)]
    return [_name_line(lines, number) + 1 for number in headers]


def _name_line(lines: Sequence[str], header: int) -> int:
    for number in range(header + 1, len(lines)):
        line = lines[number].lstrip()
        if line.startswith("name"):
            return number
        if line.startswith("["):
            break
    return header
