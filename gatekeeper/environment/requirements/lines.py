"""Physical lines of a requirements file joined to logical ones, comments out, every character's place kept.

The joining follows pip 26.3 (`pip/_internal/req/req_file.py`), but where pip drops text in silence this refuses.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from gatekeeper.environment.quoting import code_point
from gatekeeper.errors import BrokenPin, Unreadable

_COMMENT = re.compile(r"(?:^|[ \t])#")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a logical line that one physical line gave: where it starts in the text, and that line's number."""

    offset: int
    line: int


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """One requirement or option with all its continuation lines.

    Attributes:
        text: ASCII, without comments and backslashes that continue a line.
        pieces: In order; the first begins at offset 0.
        cut_at: The line of a comment that ended this line though the line before it asked to be continued.
    """

    text: str
    pieces: tuple[Piece, ...]
    cut_at: int | None

    def at(self, offset: int) -> tuple[int, int]:
        """Return line and column, both from 1, of the character at `offset` of the text."""
        piece = self.pieces[bisect_right(self.pieces, offset, key=attrgetter("offset")) - 1]
        return piece.line, offset - piece.offset + 1


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """Yield each line that says something.

    Args:
        text: As `decoding.decode` gives it: lines end in LF or CRLF only.

    Raises:
        Unreadable: A comment swallows a continuation, a continued line begins or ends in a backslash too many, a
            character outside a comment is not ASCII, or the file ends inside a continued line.
    """
    parts: list[str] = []
    pieces: list[Piece] = []
    offset = number = 0
    for number, physical in enumerate(text.splitlines(), start=1):
        code, is_comment = _without_comment(physical, number)
        continued = code.endswith("\\") and code == physical
        pieces.append(Piece(offset, number))
        if continued:
            parts.append(_without_backslash(code, number))
            offset += len(code) - 1
            continue
        parts.append(code)
        joined = "".join(parts)
        if joined.strip():
            yield LogicalLine(joined, tuple(pieces), number if is_comment and len(parts) > 1 else None)
        parts, pieces, offset = [], [], 0
    if parts:
        what = "the file ends inside a continued line: its last line ends in a backslash"
        fix = "the file may be cut off: compile it again, or delete the last backslash"
        raise Unreadable(what, fix=fix, line=number, column=len(parts[-1]) + 1)


def _without_backslash(code: str, number: int) -> str:
    """Return a continued line without the backslash that continues it."""
    if code[:-1] != code.strip("\\"):
        what = "got a backslash too many in a continued line, which pip drops in silence"
        fix = "leave one backslash, at the end of the line"
        raise Unreadable(what, fix=fix, line=number, column=1 if code.startswith("\\") else len(code) - 1)
    return code[:-1]


def _without_comment(physical: str, number: int) -> tuple[str, bool]:
    """Return the line without its comment, and whether it is nothing but a comment."""
    comment = _COMMENT.search(physical) if "#" in physical else None
    code = physical if comment is None else physical[: comment.start()]
    if not code.isascii():
        _refuse_non_ascii(code, number)
    is_comment = comment is not None and not code.strip()
    if comment is not None and not is_comment and physical.endswith("\\"):
        what = "a comment ends in a backslash: pip takes the next line for a part of the comment and drops it"
        raise Unreadable(
            what, fix="put the comment on a line of its own after the last --hash", line=number, column=comment.end()
        )
    return code, is_comment


def _refuse_non_ascii(code: str, number: int) -> None:
    found = _NON_ASCII.search(code)
    if found is not None:
        raise BrokenPin(
            f"got the character {code_point(found[0])}; names, versions, markers and hashes are ASCII",
            fix="delete it and type the character that was meant, or compile the lock again",
            line=number,
            column=found.start() + 1,
        )
