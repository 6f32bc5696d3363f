"""pylock.toml (PEP 751, packaging.python.org "pylock.toml Specification") as facts, validated by `packaging.pylock`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.pylock import Package, Pylock, PylockValidationError
from packaging.version import InvalidVersion, Version

from gatekeeper.environment.facts import Hash, Lock, Row, Source
from gatekeeper.environment.formats import Format
from gatekeeper.environment.hashes import distinct
from gatekeeper.environment.project_locks.markers import by_membership
from gatekeeper.environment.project_locks.origins import Origin, file_name, from_index, from_repository, from_url
from gatekeeper.environment.project_locks.toml import Document, Table

_AGAIN = "write the lock again with the tool that its created-by names"
_VERSION = "1.0"
# Real ones have some ten: in the version, and between the tags of several platforms.
_MOST_DOTS = 40
_PLACE = re.compile(r"packages\[(?P<number>[0-9]+)\]\.?")


def parse_pylock(text: str) -> Lock:
    """Return what the lock says.

    Args:
        text: As `decoding.decode` gives it.

    Raises:
        Unreadable: It is no TOML, of another major version than 1, or not what PEP 751 demands: with the line of the
            package where it is one's.
    """
    top = Document(text, _AGAIN).load()
    warnings = _version_warnings(top)
    tables = top.packages("packages")
    lock = _validated(top, tables)
    return Lock(
        rows=tuple(_row(package, table) for package, table in zip(lock.packages, tables, strict=True)),
        format=Format.PYLOCK,
        requires_python=None if lock.requires_python is None else str(lock.requires_python) or None,
        environments=tuple(map(str, lock.environments or ())),
        extras=_names(top, "extras"),
        groups=_names(top, "dependency-groups"),
        default_groups=_names(top, "default-groups"),
        warnings=warnings,
    )


def _version_warnings(top: Table) -> tuple[str, ...]:
    text = top.text("lock-version")
    what = f"got the lock-version {text[:20]!r}, expected {_VERSION}"
    fix = "write it by a tool that writes version 1, or upgrade gatekeeper"
    try:
        version = Version(text[:20])
    except InvalidVersion as error:
        raise top.error(what, literal=f'"{text}"', fix=fix) from error
    if version.major != 1:
        raise top.error(what, literal=f'"{text}"', fix=fix)
    return (f"{what}: what a newer version adds is not read",) if version > Version(_VERSION) else ()


def _validated(top: Table, tables: list[Table]) -> Pylock:
    for table in tables:
        table.name()  # says which character of a name only looks like another
        _refuse_many_tags(table)
    try:
        # `packaging` logs a newer minor version, which is a warning of the lock's own here.
        return Pylock.from_dict({**top.values, "lock-version": _VERSION})
    except PylockValidationError as error:
        context, reason = error.context or "", error.message.partition("\n")[0]
        found = _PLACE.match(context)
        table = top if found is None else tables[int(found["number"])]
        place = context if found is None else context.removeprefix(found[0])
        raise table.error(f"{place}: {reason}" if place else reason) from error


def _refuse_many_tags(table: Table) -> None:
    """Refuse a file name that stands for more tags than any wheel's: `packaging` would build each combination."""
    wheels = table.values.get("wheels")
    # Of the right types or not: `packaging` says so; this comes before it, for thousands of files.
    for wheel in wheels if isinstance(wheels, list) else ():
        for text in wheel.values() if isinstance(wheel, dict) else ():
            if isinstance(text, str) and text.count(".") > _MOST_DOTS and file_name(text).count(".") > _MOST_DOTS:
                dots = file_name(text).count(".")
                raise table.error(f"got a file name with {dots} dots, expected at most {_MOST_DOTS}")


def _names(top: Table, key: str) -> tuple[str, ...]:
    return tuple(sorted({top.as_name(each) for each in top.texts(key)}))


def _row(package: Package, table: Table) -> Row:
    origin = _origin(package)
    version = None if package.version is None else str(package.version)
    try:
        marker = None if package.marker is None else by_membership(str(package.marker))
    except ValueError as error:
        raise table.error(f"its marker is none of a lock: {error}") from error
    return Row(
        name=table.name(),
        written=table.text("name"),
        specifier="" if version is None else f"=={version}",
        version=version,
        extras=(),
        marker=marker,
        hashes=distinct(_hashes(package, table)),
        source=origin.source,
        url=origin.url,
        index=origin.index,
        requires_python=None if package.requires_python is None else str(package.requires_python) or None,
        line=table.line,
    )


def _origin(package: Package) -> Origin:
    if package.vcs is not None:
        vcs = package.vcs
        return from_repository(vcs.type, vcs.url or vcs.path or "", vcs.commit_id, vcs.subdirectory)
    if package.directory is not None:
        source = Source.EDITABLE if package.directory.editable else Source.PATH
        return Origin(source=source, url=package.directory.path)
    if package.archive is not None and package.archive.url is not None:
        return from_url(package.archive.url, package.archive.subdirectory)
    if package.archive is not None:
        return Origin(source=Source.PATH, url=package.archive.path)
    return Origin(source=Source.INDEX) if package.index is None else from_index(package.index)


def _hashes(package: Package, table: Table) -> Iterator[Hash]:
    files = [(each.name, each) for each in (package.sdist, *(package.wheels or ())) if each is not None]
    for name, file in (*files, *([] if package.archive is None else [(None, package.archive)])):
        shown = name or file_name(file.url or file.path or "")
        for algorithm, digest in file.hashes.items():
            yield table.hash(f"{algorithm}:{digest}", shown)
