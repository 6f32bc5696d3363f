"""The list of globals that a release has approved: a text file, one exact name a line.

`module:qualname` is the canonical form; `module.name` is read too: the name is what follows the last dot. `#` starts a
comment.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from gatekeeper.errors import Unreadable

_FIX = "write one exact name a line, such as sklearn.pipeline:Pipeline; gatekeeper inspect prints those of a model"


def parse_approved(text: str) -> frozenset[tuple[str, str]]:
    """Return module and name of each global in the list.

    Raises:
        Unreadable: a line is no exact name (a pattern, a package alone), or names again what an earlier one does.
    """
    lines: dict[tuple[str, str], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        written = line.partition("#")[0].strip()
        if not written:
            continue
        approved = _parse_name(written, number)
        if approved in lines:
            what = f"approves {written} again: line {lines[approved]} does so already"
            raise Unreadable(what, fix="delete one of the two lines", line=number)
        lines[approved] = number
    return frozenset(lines)


def read_approved(stream: BinaryIO) -> frozenset[tuple[str, str]]:
    """Return what a file approves.

    Raises:
        Unreadable: it is no UTF-8, or as `parse_approved`.
    """
    data = stream.read()
    try:
        return parse_approved(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"is no text in UTF-8: byte {error.start} is {data[error.start]:#04x}", fix=_FIX) from error


def render_approved(approved: Iterable[tuple[str, str]]) -> str:
    """Return the list in its canonical form: `module:qualname`, sorted, each once, a newline at the end of each.

    Raises:
        Unreadable: a name can't be one in Python; no pickler writes it, and no list can approve it.
    """
    for module, name in approved:
        if not _is_exact(module, name):
            raise Unreadable(f"names the global {f'{module}:{name}'!r}, which can't be approved", fix=_FIX)
    return "".join(f"{line}\n" for line in sorted({f"{module}:{name}" for module, name in approved}))


def _parse_name(written: str, number: int) -> tuple[str, str]:
    separator = ":" if ":" in written else "."
    module, found, name = written.rpartition(separator)
    if not found and _is_exact(written, written):
        raise Unreadable(f"approves {written}, a package or module, expected one exact name", fix=_FIX, line=number)
    if not _is_exact(module, name):
        raise Unreadable(f"approves {written!r}, expected one exact name", fix=_FIX, line=number)
    return module, name


def _is_exact(module: str, name: str) -> bool:
    return all(part.isidentifier() for path in (module, name) for part in path.split("."))
