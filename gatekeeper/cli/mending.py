"""Fixes of `gatekeeper lint`: edits of files, made on their own bytes, whole or not at all."""

from __future__ import annotations

import ast
import difflib
import hashlib
import io
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.cli.files import write_whole
from gatekeeper.inference.repairs import DETACHING, GUARDING, SAFE, Edit, Page, apply, repair
from gatekeeper.report.lint import Mended

if TYPE_CHECKING:
    from gatekeeper.inference.facts import Observation
    from gatekeeper.inference.sources import Source
    from gatekeeper_checks.no_grad.judging import Judged


def mend(judged: Sequence[Judged], sources: Mapping[str, Source], *, unsafe: bool, write: bool) -> tuple[Mended, str]:
    """Mend what can be mended.

    Args:
        judged: the findings.
        sources: the files as they were read.
        unsafe: also where it changes what the code does.
        write: write the files; else only the difference is returned.

    Returns:
        What was done, and the differences as one text.
    """
    wanted = SAFE | GUARDING | DETACHING if unsafe else SAFE
    shelf = _Shelf(sources)
    fixed = 0
    for each in judged:
        seen = each.observation
        if seen is not None and each.suppressed is None and seen.kind in wanted:
            fixed += shelf.mend(seen, unsafe=unsafe)
    differences = [shelf.finish(path, write=write) for path in sorted(shelf.edits)]
    return Mended(fixed=fixed, refused=tuple(shelf.refused)), "".join(differences)


@dataclass(slots=True)
class _Book:
    """A file that may be changed: its bytes, and the codec that they are text in."""

    data: bytes
    encoding: str
    page: Page


@dataclass(slots=True)
class _Shelf:
    sources: Mapping[str, Source]
    books: dict[str, _Book | None] = field(default_factory=dict)
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def mend(self, seen: Observation, *, unsafe: bool) -> bool:
        """Note the edits that mend what was seen; return whether there are any."""
        path, edits = repair(self._page, seen, unsafe=unsafe)
        self.edits.setdefault(path, []).extend(edits)
        return bool(edits)

    def finish(self, path: str, *, write: bool) -> str:
        """Make the edits of a file, and return the difference."""
        book, edits = self.books.get(path), self.edits[path]
        if book is None or not edits:
            return ""
        text = apply(book.page.text, edits)
        try:
            ast.parse(text)
        except SyntaxError as error:
            self.refused.append(f"{path}: what the fix makes is no Python ({error.msg}); nothing was written")
            return ""
        if write:
            mode = Path(path).stat().st_mode
            write_whole(Path(path), text.encode(book.encoding))
            Path(path).chmod(mode)
        before, after = (each.splitlines(keepends=True) for each in (book.page.text, text))
        return "".join(difflib.unified_diff(before, after, path, path))

    def _page(self, path: str) -> Page | None:
        if path not in self.books:
            self.books[path] = self._open(path)
        book = self.books[path]
        return None if book is None else book.page

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
        return _Book(data, encoding, Page(text))
