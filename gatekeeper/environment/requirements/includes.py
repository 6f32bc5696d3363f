"""The files that a requirements file pulls in: `-r` adds their rows, `-c` limits the rows that there are."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

from gatekeeper.environment.facts import Include, Lock, Option, Row, Source
from gatekeeper.environment.quoting import quoted
from gatekeeper.environment.requirements.options import only_index
from gatekeeper.environment.urls import is_url
from gatekeeper.errors import Unreadable

_DEEPEST = 20
_FIX = "compile one lock that holds everything: pip-compile --generate-hashes -o requirements.lock requirements.in"
_Line = TypeVar("_Line", bound=Row | Option)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What a file says together with those that it pulls in."""

    rows: tuple[Row, ...]
    options: tuple[Option, ...]
    constraints: tuple[Row, ...]


def follow(lock: Lock, path: str, read: Callable[[str], Lock]) -> Lock:
    """Return one lock of the file and of all files that it pulls in.

    A constraint pins nothing: a row that only a constraint pins stays unpinned. But a row that contradicts one is no
    row that pip would install; and of the hashes of a row pip takes only those that its constraints give as well.

    Args:
        lock: As `parse_requirements` gave it.
        path: Its path, relative to the folder that no include may leave, with `/`.
        read: Returns the lock at such a path, as `parse_requirements` gives it. It raises FileNotFoundError for a file
            that is not there, and Unreadable for one that can't be read.

    Returns:
        Rows and options in the order in which pip reads them; each row of another file has its `path`.

    Raises:
        Unreadable: A file is not there, lies outside the folder, pulls in itself, or is the 21st of a chain; a row
            contradicts a constraint; a constraint names a URL or a path. With the line of the lock that led to it.
    """
    if not lock.includes:
        return lock
    content = _gather(lock, (path,), read)
    index = only_index(content.options)
    rows = tuple(_limited(row, content.constraints) for row in content.rows)
    return replace(
        lock,
        rows=tuple(replace(row, index=index) if row.source is Source.INDEX else row for row in rows),
        options=content.options,
        includes=(),
    )


def _gather(lock: Lock, trail: tuple[str, ...], read: Callable[[str], Lock]) -> _Content:
    own = None if len(trail) == 1 else trail[-1]
    included: list[tuple[int, _Content]] = []
    for include in lock.includes:
        path = _resolved(include, trail)
        try:
            content = _gather(_read(include, path, trail, read), (*trail, path), read)
        except Unreadable as error:
            if own is not None or error.at is not None:
                raise
            # Who asked knows the lock, and its line that led to the error; the message says where it is.
            raise Unreadable(error.what, fix=error.fix, line=include.line, column=1) from error
        included.append((include.line, _as_constraints(content) if include.constraint else content))
    return _Content(
        rows=_in_order((replace(row, path=own) for row in lock.rows), [(at, each.rows) for at, each in included]),
        options=_in_order(lock.options, [(at, each.options) for at, each in included]),
        constraints=tuple(chain.from_iterable(each.constraints for _, each in included)),
    )


def _read(include: Include, path: str, trail: tuple[str, ...], read: Callable[[str], Lock]) -> Lock:
    try:
        return read(path)
    except FileNotFoundError as error:
        raise _error(include, trail, f"pulls in {quoted(path)}, which is not there") from error
    except Unreadable as error:
        if error.at is not None:
            raise
        place = path if error.line is None else f"{path}:{error.line}:{error.column}"
        raise Unreadable(f"{place} {error.what}", fix=error.fix, line=include.line, column=1) from error


def _resolved(include: Include, trail: tuple[str, ...]) -> str:
    """Return the path of the included file, relative to the folder that no include may leave."""
    if is_url(include.path) or include.path.startswith(("/", "~")) or "\\" in include.path or ":" in include.path:
        what = f"pulls in {quoted(include.path)}, expected a path relative to this file, with /"
        raise _error(include, trail, what)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(trail[-1]), include.path))
    if path.startswith("../") or path in {"..", "."}:
        raise _error(include, trail, f"pulls in {quoted(include.path)}, which lies outside the folder")
    if path in trail:
        raise _error(include, trail, f"pulls in {quoted(path)} again: {' -> '.join((*trail, path))}")
    if len(trail) > _DEEPEST:
        raise _error(include, trail, f"pulls in {quoted(path)}, the {len(trail)}th of a chain; expected at most 20")
    return path


def _error(include: Include, trail: tuple[str, ...], what: str) -> Unreadable:
    # Who asked knows the first file, and puts it in front of the line.
    where = "" if len(trail) == 1 else f"{trail[-1]}:{include.line} "
    return Unreadable(f"{where}{what}", fix=_FIX, line=include.line, column=1)


def _as_constraints(content: _Content) -> _Content:
    """Return the content of what `-c` names: there also the rows of `-r` only limit."""
    return replace(content, rows=(), constraints=(*content.rows, *content.constraints))


def _in_order(own: Iterable[_Line], included: Sequence[tuple[int, tuple[_Line, ...]]]) -> tuple[_Line, ...]:
    """Return the lines of a file, with those of each included file at the line that includes it."""
    parts: list[tuple[int, tuple[_Line, ...]]] = [(each.line or 0, (each,)) for each in own]
    ordered = sorted([*parts, *included], key=lambda part: part[0])
    return tuple(chain.from_iterable(lines for _, lines in ordered))


def _limited(row: Row, constraints: tuple[Row, ...]) -> Row:
    for limit in constraints:
        if limit.source is not Source.INDEX:
            what = f"{_place(limit)}: the constraint {quoted(limit.written)} is a URL or a path, which replaces a row"
            raise Unreadable(what, fix=_FIX)
        # With different markers both may never hold together; where they do, pip refuses.
        if limit.name == row.name and limit.marker in {None, row.marker}:
            row = _within(row, limit)
    return row


def _within(row: Row, limit: Row) -> Row:
    from packaging.specifiers import SpecifierSet

    allowed = tuple(each for each in row.hashes if each in limit.hashes) if limit.hashes else row.hashes
    if row.version is not None and not SpecifierSet(limit.specifier).contains(row.version, prereleases=True):
        raise _contradiction(row, f"the constraint {limit.written}{limit.specifier} ({_place(limit)})")
    if row.hashes and not allowed:
        raise _contradiction(row, f"the hashes that its constraint ({_place(limit)}) allows")
    return replace(row, hashes=allowed)


def _contradiction(row: Row, limit: str) -> Unreadable:
    what = f"{row.written}{row.specifier} ({_place(row)}) contradicts {limit}: pip would refuse"
    fix = "compile the lock again under these constraints, or drop the -c line"
    line, column = (row.line, row.column) if row.path is None else (None, None)
    return Unreadable(what, fix=fix, line=line, column=column)


def _place(row: Row) -> str:
    return f"line {row.line}" if row.path is None else f"{row.path}:{row.line}"
