"""A code frame: the lines around a place, with carets under the expression."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from gatekeeper.inference.facts import Place
from gatekeeper.report.printable import one_line

CONTEXT = 2
"""Lines shown before and after the line of the place."""

WIDTH = 110
"""Columns of source that are shown; a longer line is cut around the carets."""

_TAB = "    "


def frame(lines: Sequence[str], at: Place) -> Iterator[str]:
    """Yield the lines of the frame; none where the file has no such line.

    Args:
        lines: of the file, or of the notebook's cell, without their ends.
        at: what the carets stand under; of a piece of several lines, its first.
    """
    if not 0 < at.line <= len(lines):
        return
    first, last = _window(lines, at.line)
    gutter = len(str(last))
    end = at.end_column if at.end_line == at.line else len(lines[at.line - 1]) + 1
    start, width = _columns(lines[at.line - 1], at.column, end)
    left = max(0, min(start, start + width - WIDTH + 10)) if start + width > WIDTH else 0
    yield f"{'':{gutter}} |"
    for number in range(first, last + 1):
        yield f"{number:{gutter}} | {_cut(_shown(lines[number - 1]), left)}".rstrip()
        if number == at.line:
            lead = start - left + (1 if left else 0)
            yield f"{'':{gutter}} | {' ' * lead}{'^' * min(width, WIDTH - (start - left))}"
    yield f"{'':{gutter}} |"


def _window(lines: Sequence[str], line: int) -> tuple[int, int]:
    """Return the first and the last line to show; blank ones at the edges tell nothing."""
    first, last = max(1, line - CONTEXT), min(len(lines), line + CONTEXT)
    while first < line and not lines[first - 1].strip():
        first += 1
    while last > line and not lines[last - 1].strip():
        last -= 1
    return first, last


def _shown(line: str) -> str:
    return one_line(line.replace("\t", _TAB))


def _columns(line: str, start: int, end: int) -> tuple[int, int]:
    """Return how many columns of the terminal stand before the place, and how many it takes itself."""
    before = _width(_shown(line[: start - 1]))
    return before, max(1, _width(_shown(line[start - 1 : end - 1])))


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_width_of(each) for each in text)


def _width_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _cut(text: str, left: int) -> str:
    """Return the columns from `left` on, as many as are shown; an ellipsis stands where something was cut."""
    if left == 0 and _width(text) <= WIDTH:
        return text
    shown: list[str] = []
    position = 0
    for character in text:
        if left <= position < left + WIDTH:
            shown.append(character)
        position += _width_of(character)
    return ("…" if left else "") + "".join(shown) + ("…" if position > left + WIDTH else "")
