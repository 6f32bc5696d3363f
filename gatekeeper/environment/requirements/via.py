"""Who asked for a package, from the `# via` comments of pip-compile and uv."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gatekeeper.environment.facts import Row
from gatekeeper.environment.names import canonical_name

# `# via a, b` on one line, or one name a line below it; each behind or below the row that it is about.
_VIA = re.compile(r"# via(?P<same_line>[^\n]*)(?P<below>(?:\n[ \t]*#   [^\n]*)*)")
# `-r FILE`, or the project's own file behind its name: `pricing (pyproject.toml)`.
_PROJECT = re.compile(r"-r .*|.*\(.*(?:pyproject\.toml|setup\.py|setup\.cfg).*\)")


def with_direct(rows: Sequence[Row], text: str) -> tuple[Row, ...]:
    """Return the rows with what the comments say of `direct`.

    A requirements file or the project's own file among those who asked makes a row direct. Only other rows make it not
    direct. A name that is no row (`uv export` calls the project by its name alone) decides nothing.

    Args:
        rows: In the order of the file.
        text: The file, its lines ended by LF.
    """
    if "# via" not in text or not rows:
        return tuple(rows)
    known = {row.name for row in rows}
    lines = [row.line or 0 for row in rows]
    marked = list(rows)
    for line, requesters in _annotations(text):
        index = bisect_right(lines, line) - 1
        if index >= 0:
            marked[index] = replace(rows[index], direct=_direct(requesters, known))
    return tuple(marked)


def _annotations(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line of each comment and those whom it names; a constraints file asks for nothing."""
    line, counted = 1, 0
    for found in _VIA.finditer(text):
        line += text.count("\n", counted, found.start())
        counted = found.start()
        entries = [*found["same_line"].split(","), *(each.lstrip(" \t#") for each in found["below"].split("\n"))]
        yield line, [entry for each in entries if (entry := each.strip()) and not entry.startswith("-c ")]


def _direct(requesters: list[str], known: set[str]) -> bool | None:
    if any(_PROJECT.fullmatch(each) for each in requesters):
        return True
    if requesters and all(canonical_name(each) in known for each in requesters):
        return False
    return None
