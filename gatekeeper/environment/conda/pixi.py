"""pixi.lock, versions 5 to 7: environments of packages for platforms, and the packages by location."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gatekeeper.environment.conda.document import (
    FIX,
    Table,
    Text,
    Value,
    as_items,
    as_table,
    as_text,
    read_document,
    unexpected,
)
from gatekeeper.environment.conda.rows import Place, built_row, conda_row, group_marker, index_row
from gatekeeper.environment.facts import Lock, Row, Source
from gatekeeper.environment.formats import Format
from gatekeeper.environment.names import canonical_name, is_name
from gatekeeper.environment.urls import canonical_index
from gatekeeper.errors import Unreadable

_DEFAULT = "default"
_OLD, _KNOWN = ("1", "2", "3", "4"), ("5", "6", "7")
_KINDS = ("conda", "conda_source", "pypi")
# What tells two packages at one location apart, the outputs of one source (version 6).
_OUTPUT = ("name", "version", "build", "subdir")
_SOURCE = re.compile(r"(?P<name>[^\[\s]+)(?:\[[^\]]*\])? @ (?P<location>\S.*)")


@dataclass(frozen=True, slots=True)
class _Use:
    """One line of an environment: which package, for which platform; `index` is the only index of the environment."""

    kind: str
    location: str
    platform: str
    extras: tuple[str, ...]
    index: str | None
    output: tuple[tuple[str, str], ...]


def parse_pixi(text: str) -> Lock:
    """Return what the lock says, in the order of its environments.

    Each environment of pixi is whole in itself, and one is installed by its name. So each is a group, `default` is the
    default one, and `--groups test` asks for the environment `test` and not for `default` beside it. A lock with no
    other environment than `default` has no groups.

    Args:
        text: As `decoding.decode` gives it.

    Raises:
        Unreadable: It is no pixi.lock of a version from 5 to 7, or a package can't be read whole; with line and column.
    """
    document = read_document(text)
    version = _version(document)
    packages = _Packages(document, version)
    platforms = _platforms(document) if version == "7" else None
    environments = document.table("environments").entries
    found: dict[_Use, tuple[Text, set[str]]] = {}
    for name, environment in environments.items():
        for use, location in _uses(name, as_table(environment, name), platforms):
            found.setdefault(use, (location, set()))[1].add(name)
    groups = () if set(environments) == {_DEFAULT} else tuple(sorted(environments))
    rows = (
        packages.row(use, location, group_marker(names) if groups else None) for use, (location, names) in found.items()
    )
    return Lock(
        rows=tuple(rows),
        format=Format.PIXI,
        groups=groups,
        default_groups=(_DEFAULT,) if _DEFAULT in groups else (),
    )


def _version(document: Table) -> str:
    version = document.entries.get("version")
    if version is None:
        raise Unreadable("there is no `version` here, expected version: 5, 6 or 7", fix=FIX, line=1, column=1)
    if isinstance(version, Text) and version.value in _KNOWN:
        return version.value
    if isinstance(version, Text) and version.value in _OLD:
        what = f"got pixi.lock version {version.value}, expected 5, 6 or 7"
        raise Unreadable(what, fix="write it again with pixi 0.40 or later: pixi lock", line=version.line, column=1)
    raise unexpected(version, "version: 5, 6 or 7, those of pixi.lock that are known")


def _platforms(document: Table) -> dict[str, str]:
    """Return the conda platform of each platform that version 7 declares under a name of its own."""
    declared = [as_table(each, "a platform") for each in document.items("platforms")]
    return {each.text("name").value: (each.optional_text("subdir") or each.text("name")).value for each in declared}


def _uses(name: str, environment: Table, platforms: dict[str, str] | None) -> Iterator[tuple[_Use, Text]]:
    if not is_name(name) or canonical_name(name) != name:
        what = f"got the environment {name[:40]!r}, expected lower-case letters, digits and hyphens"
        raise Unreadable(what, fix=FIX, line=environment.line, column=environment.column)
    indexes = [as_text(each, "an index").value for each in environment.items("indexes")]
    index = canonical_index(indexes[0]) if len(indexes) == 1 else None
    seen: dict[str, str] = {}
    for label, members in environment.table("packages").entries.items():
        platform = _platform(label, members, platforms)
        if seen.setdefault(platform, label) != label:
            what = f"got two platforms for {platform} in the environment {name}, {seen[platform]} and {label}"
            fix = f"keep one platform for {platform} in the project's pixi.toml, and run: pixi lock"
            raise Unreadable(what, fix=fix, line=members.line, column=members.column)
        for member in () if isinstance(members, Text) and not members.value else as_items(members, label):
            yield _use(as_table(member, "a package"), platform, index)


def _platform(label: str, members: Value, platforms: dict[str, str] | None) -> str:
    if platforms is None:
        return label
    if label not in platforms:
        what = f"got the platform {label[:40]!r}, which is none of those that the lock declares"
        raise Unreadable(what, fix=FIX, line=members.line, column=members.column)
    return platforms[label]


def _use(member: Table, platform: str, index: str | None) -> tuple[_Use, Text]:
    kind = _kind(member)
    location = member.text(kind)
    extras = sorted({canonical_name(as_text(each, "an extra").value) for each in member.items("extras")})
    output = ((key, member.optional_text(key)) for key in _OUTPUT)
    use = _Use(
        kind=kind,
        location=location.value,
        platform=platform,
        extras=tuple(extras),
        index=index if kind == "pypi" else None,
        output=tuple((key, text.value) for key, text in output if text is not None),
    )
    return use, location


def _kind(package: Table) -> str:
    kind = next((each for each in _KINDS if each in package.entries), None)
    if kind is None:
        raise unexpected(package, f"one of {', '.join(_KINDS)}")
    return kind


class _Packages:
    """The packages of the lock by kind and location."""

    def __init__(self, document: Table, version: str) -> None:
        self._known: dict[tuple[str, str], list[Table]] = {}
        for value in document.items("packages"):
            package = as_table(value, "a package")
            key = _declared_5(package) if version == "5" else _declared(package)
            self._known.setdefault(key, []).append(package)

    def row(self, use: _Use, location: Text, marker: str | None) -> Row:
        package = self._package(use, location)
        at = package.optional_text("name") or location
        place = Place(platform=use.platform, marker=marker, line=at.line, column=at.column)
        match use.kind:
            case "conda":
                return conda_row(location, package, package, place)
            case "conda_source":
                return _source_row(location, package, place)
            case _:
                return _index_row(use, location, package, place)

    def _package(self, use: _Use, location: Text) -> Table:
        """Return the one package that the use means.

        Raises:
            Unreadable: There is none, or there are several.
        """
        known = self._known.get((use.kind, use.location), [])
        chosen = [each for each in known if all(_says(each, key, value) for key, value in use.output)]
        if len(chosen) != 1:
            what = f"got {len(chosen)} packages at this location, expected 1 under `packages`"
            raise Unreadable(what, fix="write the lock again: pixi lock", line=location.line, column=location.column)
        return chosen[0]


def _declared(package: Table) -> tuple[str, str]:
    kind = _kind(package)
    return kind, package.text(kind).value


def _declared_5(package: Table) -> tuple[str, str]:
    """Return kind and location as version 5 writes them."""
    return package.text("kind").value, (package.optional_text("url") or package.text("path")).value


def _says(package: Table, key: str, value: str) -> bool:
    stated = package.optional_text(key)
    return stated is not None and stated.value == value


def _source_row(location: Text, package: Table, place: Place) -> Row:
    found = _SOURCE.fullmatch(location.value)
    if found is None:
        raise unexpected(location, "name[digest] @ location")
    source = Text(found["location"], location.plain, location.line, location.column)
    return built_row(source, found["name"], package, place)


def _index_row(use: _Use, location: Text, package: Table, place: Place) -> Row:
    direct = location.value.startswith("direct+")
    address = Text(location.value.removeprefix("direct+"), location.plain, location.line, location.column)
    row = index_row(address, package, package, place, direct=direct)
    stated = package.optional_text("index")
    index = None
    if row.source is Source.INDEX:
        index = use.index if stated is None else canonical_index(stated.value)
    source = Source.EDITABLE if package.flag("editable") else row.source
    return replace(row, source=source, index=index, extras=use.extras)
