"""One Python source, read whole and hashed: the text that Python would see of it, and where in it a node stands."""

from __future__ import annotations

import ast
import codecs
import hashlib
import io
import os
import stat
import tokenize
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from gatekeeper.errors import Unreadable
from gatekeeper.inference.facts import Place
from gatekeeper.inference.walking import NOTEBOOK, Found

MAX_BYTES = 2**26
"""64 MiB: a million lines and more. Such a file is data, and its syntax tree would fill the memory of the machine."""

_AS_UTF8 = "save the file as UTF-8"
_OTHER_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# All of printable ASCII, the backslash only where a codec of escapes would take it for the start of one.
_PROBE = bytes(each for each in range(32, 127) if each != 92) + rb"\x41\u0041"


# With a `__dict__`: the lines are kept in it once a place has been asked for.
class Source(Struct, frozen=True, kw_only=True, dict=True):
    """One file of Python.

    Attributes:
        path: as reported.
        module: the dotted name by which other files of the tree import it.
        is_package: whether it is an `__init__.py`.
        text: decoded, without a byte order mark, lines ended by LF; of a notebook its code cells, one after the other.
        sha256: of the file's bytes.
        cells: of a notebook the first line, in `text`, of each code cell; empty for all other files.
    """

    path: str
    module: str
    is_package: bool
    text: str
    sha256: str
    cells: tuple[int, ...] = ()

    @property
    def lines(self) -> int:
        """The number of lines; what follows the last line break is a line if it is not empty."""
        return self.text.count("\n") + (not self.text.endswith("\n") and bool(self.text))

    def line_text(self, line: int, cell: int | None = None) -> str:
        """Return a line without its end: the one that a `Place` with this line and cell is about."""
        first = self.cells[cell - 1] if cell is not None else 1
        return self._lines[first + line - 2]

    def lines_by_cell(self) -> Iterator[tuple[int | None, list[str]]]:
        """Yield the lines of each cell of a notebook with its number, or of the whole file with None."""
        if not self.cells:
            yield None, self._lines
        for number, (first, after) in enumerate(pairwise((*self.cells, len(self._lines) + 1)), 1):
            yield number, self._lines[first - 1 : after - 1]

    def place(self, node: ast.AST) -> Place:
        """Return where a node of this file's tree stands; a module stands at its first character.

        The syntax tree counts columns in bytes of UTF-8 from 0, a place counts characters from 1.
        """
        if isinstance(node, ast.Module):
            return Place(path=self.path, line=1, column=1, end_line=1, end_column=1, cell=1 if self.cells else None)
        line: int = node.lineno  # type: ignore[attr-defined]  # only nodes that have a position are asked for
        end_line: int = node.end_lineno  # type: ignore[attr-defined]  # the same
        cell = bisect_right(self.cells, line) or None
        before = self.cells[cell - 1] - 1 if cell is not None else 0
        return Place(
            path=self.path,
            line=line - before,
            column=self._column(line, node.col_offset),  # type: ignore[attr-defined]  # the same
            end_line=end_line - before,
            end_column=self._column(end_line, node.end_col_offset),  # type: ignore[attr-defined]  # the same
            cell=cell,
        )

    def has_word(self, word: str, node: ast.stmt) -> bool:
        """Return whether a word stands in the lines of a statement, be it in a comment."""
        return any(word in each for each in self._lines[node.lineno - 1 : node.end_lineno])

    def _column(self, line: int, offset: int) -> int:
        text = self._lines[line - 1]
        # Python 3.11 may point into the middle of a character for what stands in an f-string.
        return (offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))) + 1

    @cached_property
    def _lines(self) -> list[str]:
        # Not splitlines(): it ends a line at form feeds and at a dozen more characters, where Python does not.
        return self.text.split("\n")


def read_source(found: Found) -> Source:
    """Return a file, read whole.

    Raises:
        Unreadable: it is no regular file or too large, is not text in the encoding that it declares, or is no notebook
            with Python in it; with line and column where there is one.
    """
    data = _read(found.real)
    cells: tuple[int, ...] = ()
    if found.path.endswith(NOTEBOOK):
        from gatekeeper.inference.notebooks import read_notebook

        notebook = read_notebook(data)
        text, cells = notebook.text, notebook.cells
    else:
        text = decode(data)
    return Source(
        path=found.path,
        module=found.module,
        is_package=found.is_package,
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        cells=cells,
    )


def decode(data: bytes) -> str:
    """Return the text of a Python file (PEP 263), without a byte order mark, its lines ended by LF.

    Raises:
        Unreadable: the encoding is not known, or is none that Python source can be told by; the bytes are not in it;
            there is a null byte.
    """
    for mark, name in _OTHER_MARKS:
        if data.startswith(mark):
            raise Unreadable(f"got {name} text, expected UTF-8: Python reads no source in it", fix=_AS_UTF8, line=1)
    if b"\0" in data:
        line = _line_of(data, data.index(0))
        raise Unreadable("got a null byte, expected text: Python runs no such file", fix=_AS_UTF8, line=line)
    if b"\r" in data:
        # In the bytes already: a declared encoding counts in the first two lines as Python counts them.
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    encoding = _declared(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        what = f"the byte 0x{data[error.start]:02X} is no {encoding.removesuffix('-sig')}"
        fix = f"{_AS_UTF8}, or declare its encoding in the first line: # coding: latin-1"
        raise Unreadable(what, fix=fix, line=_line_of(data, error.start)) from error


def _declared(data: bytes) -> str:
    """Return the encoding that the first lines declare, one that leaves ASCII as it is."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        # Without a declaration it is about bytes that are not UTF-8: decoding tells which and where.
        if error.msg.startswith("invalid or missing encoding declaration"):
            return "utf-8"
        fix = f"{_AS_UTF8} without a coding comment"
        raise Unreadable(f"its encoding can't be told: {error.msg}", fix=fix, line=1) from error
    if not _keeps_ascii(encoding):
        what = f"it declares the encoding {encoding}, which gives ASCII another meaning"
        raise Unreadable(what, fix=f"{_AS_UTF8} and delete the coding comment", line=1)
    return encoding


def _keeps_ascii(encoding: str) -> bool:
    """Whether all of ASCII means itself. Where it does not, what is read here could differ from what people see."""
    if encoding in {"utf-8", "utf-8-sig"}:
        return True
    try:
        return _PROBE.decode(encoding) == _PROBE.decode("ascii")
    except (LookupError, UnicodeError):  # a codec that makes no text of bytes, or takes some for the start of others
        return False


def _line_of(data: bytes, offset: int) -> int:
    before = data[:offset]
    return before.count(b"\n") + before.replace(b"\r\n", b"\n").count(b"\r") + 1


def _read(path: Path) -> bytes:
    try:
        # O_NONBLOCK: a named pipe would else wait for a writer for ever. It means nothing for a regular file.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                what = "is no regular file (a pipe, a device or a socket)"
                raise Unreadable(what, fix="copy its content into a file, or leave it out")
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"can't be read: {error.strerror}", fix="check the path and its mode") from error
    if len(data) > MAX_BYTES:
        what = f"has more than {MAX_BYTES >> 20} MiB ({status.st_size} bytes), expected source that people read"
        raise Unreadable(what, fix="leave it out: name the files of the serving code one by one")
    return data
