r"""A cell of IPython as Python: what IPython alone understands is blanked, and every line keeps its number.

A line magic (`%cd ..`), a shell command (`!ls`) and a question (`model?`) become `pass`; what one of them is assigned
to gets None. Of a cell magic that runs its body as Python the first line goes, of another (`%%bash`) the body as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gatekeeper.errors import Unreadable
from gatekeeper.inference.syntax import syntax_tree

_SUSPECT = re.compile(r"^\s*[%!?]|\?[ \t]*$|=[ \t]*[%!]", re.MULTILINE)
_CELL_MAGIC = re.compile(r"%%([\w.]+)")
_ESCAPE = re.compile(r"(?P<indent>\s*)(?:[%!?]|[\w.*\[\]'\"]+\?{1,2}\s*$)")
_ASSIGNED = re.compile(r"(?P<target>\s*[^=#'\"!<>]+=\s*)[%!]")

_RUN_THEIR_BODY = frozenset({"capture", "memit", "mprun", "prun", "time", "timeit"})
_PASS_IT_ON = frozenset(
    {"HTML", "R", "SVG", "bash", "bigquery", "cmd", "cython", "file", "html", "javascript", "js", "julia", "latex"}
    | {"markdown", "perl", "powershell", "ruby", "script", "sh", "sql", "svg", "system", "writefile"}
)
"""To a shell, a file, a browser, another language."""

_TOKEN = re.compile(r"""#.*|'''|\"""|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[(\[{)\]}]""")
_IN_STRING = {quotes: re.compile(rf"\\.|{quotes}") for quotes in ("'''", '"""')}


def as_python(cell: str) -> str:
    """Return the Python of a cell, with as many lines. What is no Python then, Python's parser will refuse."""
    if not _SUSPECT.search(cell):
        return cell
    lines = cell.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    magic = _CELL_MAGIC.match(lines[start])
    if magic is None:
        return "\n".join(_blanked(lines))
    # The body may begin with a cell magic of its own.
    body = as_python("\n".join(lines[start + 1 :]))
    kept = magic[1] in _RUN_THEIR_BODY or (magic[1] not in _PASS_IT_ON and _is_python(body))
    return "\n" * (start + 1) + body if kept else "\n" * (len(lines) - 1)


def _is_python(text: str) -> bool:
    """Whether the body of a magic that is not known here can be Python: if it is not, nothing runs it as that."""
    try:
        syntax_tree(text, top_level_await=True)
    except Unreadable:
        return False
    return True


def _blanked(lines: Sequence[str]) -> Iterator[str]:
    statement = _Statement()
    goes_on = False
    for line in lines:
        replaced = "" if goes_on else None if statement.open else _replacement(line)
        if replaced is None:
            statement.read(line)
        goes_on = replaced is not None and line.endswith("\\")
        yield line if replaced is None else replaced


def _replacement(line: str) -> str | None:
    """Return the Python that stands for the line of a magic, a command or a question; None for any other line."""
    if escape := _ESCAPE.match(line):
        return f"{escape['indent']}pass"
    assigned = _ASSIGNED.match(line)
    return f"{assigned['target']}None" if assigned else None


class _Statement:
    """How far a statement goes: whether the next line begins a new one. Escapes count only where one begins."""

    def __init__(self) -> None:
        self._depth = 0
        self._quotes = ""
        self._continued = False

    @property
    def open(self) -> bool:
        """Whether the next line belongs to it: in brackets, in a string, or behind a backslash."""
        return bool(self._depth or self._quotes or self._continued)

    def read(self, line: str) -> None:
        """Go on by a line."""
        token, at = "", 0
        while found := (_IN_STRING[self._quotes] if self._quotes else _TOKEN).search(line, at):
            token, at = found[0], found.end()
            if self._quotes:
                self._quotes = "" if token == self._quotes else self._quotes
            elif token in _IN_STRING:
                self._quotes = token
            elif token in {"(", "[", "{"}:
                self._depth += 1
            elif token in {")", "]", "}"}:
                self._depth = max(self._depth - 1, 0)
        self._continued = line.endswith("\\") and not token.startswith("#")
