"""Fixes of `gatekeeper lint`: made in memory, round after round until there is nothing to fix, and then written.

A fix may show what it hid. So that a second run finds nothing to write, the first goes on until it finds nothing.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import io
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from gatekeeper.cli.files import write_whole
from gatekeeper.inference.analysis import Tree, with_texts
from gatekeeper.inference.repairs import DETACHING, GUARDING, SAFE, Edit, Page, apply, repair
from gatekeeper.report.lint import Mended

if TYPE_CHECKING:
    from gatekeeper.inference.sources import Source
    from gatekeeper_checks.no_grad.judging import Judged

ROUNDS = 10
"""A fix that undoes another one would go on for ever."""

Judge: TypeAlias = "Callable[[Tree], Sequence[Judged]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What fixes made of a tree.

    Attributes:
        texts: the new bytes of each file that changed.
        difference: as a unified diff.
    """

    mended: Mended
    texts: Mapping[str, bytes]
    difference: str


def mend(tree: Tree, judge: Judge, *, unsafe: bool) -> Repaired:
    """Return what the fixes of a tree's findings make of it; nothing is written.

    Args:
        tree: the files as they were read.
        judge: tells the findings of a tree.
        unsafe: also where a fix changes what the code does.
    """
    shelf = _Shelf(tree.sources)
    wanted = SAFE | GUARDING | DETACHING if unsafe else SAFE
    fixed = 0
    for _ in range(ROUNDS):
        shelf.edits.clear()
        for each in judge(tree):
            seen = each.observation
            if seen is not None and each.suppressed is None and seen.kind in wanted:
                path, edits = repair(shelf.page, seen, unsafe=unsafe)
                shelf.edits.setdefault(path, []).extend(edits)
                fixed += bool(edits)
        changed = shelf.turn()
        if not changed:
            break
        tree = with_texts(tree, changed)
    return Repaired(
        mended=Mended(fixed=fixed, refused=tuple(dict.fromkeys(shelf.refused))),
        texts={path: book.data for path, book in shelf.changed()},
        difference="".join(_difference(path, book) for path, book in shelf.changed()),
    )


def write(repaired: Repaired) -> None:
    """Write the files that changed, each whole or not at all, with the mode that it has.

    Raises:
        UsageError: one can't be written.
    """
    for path, data in repaired.texts.items():
        mode = Path(path).stat().st_mode
        write_whole(Path(path), data)
        Path(path).chmod(mode)


@dataclass(slots=True)
class _Book:
    """A file that may be changed: its bytes as they were and as they are, and the codec that they are text in."""

    before: bytes
    data: bytes
    encoding: str
    page: Page


@dataclass(slots=True)
class _Shelf:
    sources: Mapping[str, Source]
    books: dict[str, _Book | None] = field(default_factory=dict)
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def page(self, path: str) -> Page | None:
        """Return what a file says now, or None where it is not to be changed."""
        if path not in self.books:
            self.books[path] = self._open(path)
        book = self.books[path]
        return None if book is None else book.page

    def changed(self) -> Iterator[tuple[str, _Book]]:
        """Yield the files that are not as they were."""
        for path, book in sorted(self.books.items()):
            if book is not None and book.data != book.before:
                yield path, book

    def turn(self) -> dict[str, bytes]:
        """Make the edits that were noted; return the bytes of the files that they change."""
        turned: dict[str, bytes] = {}
        for path, edits in self.edits.items():
            book = self.books.get(path)
            if book is None or not edits:
                continue
            text = apply(book.page.text, edits)
            try:
                ast.parse(text)
            except SyntaxError as error:
                self.refused.append(f"{path}: what the fix makes is no Python ({error.msg}); nothing was written")
                continue
            book.page, book.data = Page(text), text.encode(book.encoding)
            turned[path] = book.data
        return turned

    def _open(self, path: str) -> _Book | None:
        if self.sources[path].cells:
            self.refused.append(f"{path}: notebooks are not changed")
            return None
        data = Path(path).read_bytes()
        if hashlib.sha256(data).hexdigest() != self.sources[path].sha256:
            self.refused.append(f"{path}: has changed since it was read; run the lint again")
            return None
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
        if text.encode(encoding) != data:
            self.refused.append(f"{path}: its bytes don't survive a round trip through {encoding}")
            return None
        return _Book(data, data, encoding, Page(text))


def _difference(path: str, book: _Book) -> str:
    before, after = (each.decode(book.encoding).splitlines(keepends=True) for each in (book.before, book.data))
    lines = difflib.unified_diff(before, after, path, path)
    return "".join(each if each.endswith("\n") else f"{each}\n\\ No newline at end of file\n" for each in lines)
