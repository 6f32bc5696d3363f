"""poetry.lock, version 2.1 (Poetry 2), as facts: its groups and extras become markers in the language of PEP 751.

The format has no specification; what is read here is what Poetry 2.5.1 writes, and the tests hold it against
`poetry export`. `content-hash` covers fields of pyproject.toml and no package, so that it is no evidence and not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from gatekeeper.environment.facts import Hash, Lock, Row, Source
from gatekeeper.environment.formats import Format
from gatekeeper.environment.hashes import distinct
from gatekeeper.environment.project_locks.markers import all_of, any_of, in_group
from gatekeeper.environment.project_locks.origins import Origin, from_index, from_repository, from_url
from gatekeeper.environment.project_locks.poetry_python import specifiers_of
from gatekeeper.environment.project_locks.toml import Document, Table

_AGAIN = "lock the project again: poetry lock"
_MAIN = "main"
_VERSION = re.compile(r"(?P<major>[0-9]{1,4})\.(?P<minor>[0-9]{1,4})")
_MAJOR, _MINOR = 2, 1


def parse_poetry_lock(text: str) -> Lock:
    """Return what the lock says; the group `main` stands for the project's own dependencies.

    Args:
        text: As `decoding.decode` gives it.

    Raises:
        Unreadable: It is no TOML, of a version that has no groups or markers or is not known, or not whole: with the
            line where it is known.
    """
    top = Document(text, _AGAIN).load()
    metadata = top.table("metadata")
    warnings = _version_warnings(metadata)
    rows = tuple(_row(table) for table in top.packages("package"))
    pythons = specifiers_of(metadata.text("python-versions"), metadata)
    groups = {group for table in top.tables("package") for group in _groups(table)}
    return Lock(
        rows=rows,
        format=Format.POETRY,
        requires_python=(metadata.specifier(pythons[0]) or None) if len(pythons) == 1 else None,
        environments=tuple(_environment(each, metadata) for each in pythons) if len(pythons) > 1 else (),
        extras=tuple(sorted({top.as_name(each) for each in top.table("extras").values})),
        groups=tuple(sorted({_MAIN, *groups})),
        default_groups=(_MAIN,),
        warnings=warnings,
    )


def _version_warnings(metadata: Table) -> tuple[str, ...]:
    text = metadata.text("lock-version")
    found = _VERSION.fullmatch(text)
    major, minor = (int(found["major"]), int(found["minor"])) if found is not None else (0, 0)
    expected = f"got the lock-version {text[:20]!r}, expected {_MAJOR}.{_MINOR}"
    if (major == _MAJOR and minor < _MINOR) or major == 1:
        fix = "lock the project again with Poetry 2: poetry lock"
        raise metadata.error(f"{expected}: older ones have no groups and markers", literal=f'"{text}"', fix=fix)
    if major != _MAJOR:
        raise metadata.error(expected, literal=f'"{text}"', fix="write it with Poetry 2, or upgrade gatekeeper")
    return (f"{expected}: what a newer version adds is not read",) if minor > _MINOR else ()


def _row(table: Table) -> Row:
    origin = _origin(table)
    version = table.version()
    files = [(each.text("file"), each.optional("hash", str), each) for each in table.tables("files")]
    hashes: Iterable[Hash] = (each.hash(text, name) for name, text, each in files if text is not None)
    return Row(
        name=table.name(),
        written=table.text("name"),
        specifier=f"=={version}",
        version=version,
        extras=(),
        marker=_marker(table),
        hashes=distinct(hashes),
        unhashed=tuple(sorted(name for name, text, _ in files if text is None)),
        source=origin.source,
        url=origin.url,
        index=origin.index,
        line=table.line,
    )


def _origin(table: Table) -> Origin:
    if "source" not in table.values:
        return Origin(source=Source.INDEX)
    source = table.table("source")
    kind, place = source.text("type"), source.text("url")
    if kind == "legacy":
        return from_index(place)
    if kind == "git":
        commit = source.optional("resolved_reference", str)
        return from_repository(kind, place, commit, source.optional("subdirectory", str))
    if kind == "url":
        return from_url(place, source.optional("subdirectory", str))
    if kind == "directory" and table.optional("develop", bool):
        return Origin(source=Source.EDITABLE, url=place)
    if kind in {"file", "directory"}:
        return Origin(source=Source.PATH, url=place)
    raise table.error(f"got the source {kind[:40]!r}, expected legacy, git, url, file or directory")


def _groups(table: Table) -> list[str]:
    groups = [table.as_name(each) for each in table.texts("groups")]
    if not groups:
        raise table.error("got no groups, expected those that the package is in")
    return groups


def _marker(table: Table) -> str:
    """Return the marker of a row: in which group it is asked for, each group with the marker that it has of its own."""
    groups = _groups(table)
    markers = table.values.get("markers", "")
    if isinstance(markers, str):
        one = any_of(in_group(group) for group in groups)
        return table.marker(all_of((one, markers)) if markers else one)
    own = {table.as_name(group): marker for group, marker in _own(table).items()}
    return table.marker(
        any_of(all_of((in_group(each), own[each])) if each in own else in_group(each) for each in groups)
    )


def _own(table: Table) -> Mapping[str, str]:
    markers = table.table("markers")
    return {group: markers.text(group) for group in markers.values}


def _environment(specifier: str, metadata: Table) -> str:
    """Return the specifier of one of several ranges of Python as a marker."""
    normal = metadata.specifier(specifier)
    parts = re.findall(r"(~=|===?|!=|<=?|>=?)([^,]+)", normal)
    return metadata.marker(all_of(f'python_full_version {operator} "{version}"' for operator, version in parts))
