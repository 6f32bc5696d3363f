"""Rows of the packages that conda's locks name by URL: archives of a channel, and distributions from an index."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gatekeeper.environment.conda.document import FIX, Table, Text
from gatekeeper.environment.facts import Hash, Row, Source
from gatekeeper.environment.hashes import MalformedHash, parse_hash
from gatekeeper.environment.quoting import quoted
from gatekeeper.environment.requirements.references import ARCHIVES, Markers, parse_reference
from gatekeeper.environment.urls import canonical_index, is_url, source_of, without_credentials
from gatekeeper.errors import BrokenPin, Unreadable

# Name, version and build string, of which only the name may have hyphens.
_ARCHIVE = re.compile(
    r"(?P<place>.*?)(?P<file>(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)-(?P<version>[^-/\\]+)-(?P<build>[^-/\\]+)"
    r"(?:\.conda|\.tar\.bz2))"
)
_CHANNEL = re.compile(r"(?P<channel>.+)/(?:noarch|[a-z]+-[a-z0-9]+)/")
# Some channels have a token in their path; conda-lock writes the variable that holds it.
_TOKEN = re.compile(r"/t/[^/]+(?=/)")
_VARIABLE = re.compile(r"\$\{?[A-Za-z_][A-Za-z0-9_]*\}?")
# pixi's form of a Git reference: the commit is the fragment, what it was found by is the query.
_GIT = re.compile(r"(?P<address>git\+[^?#]+)(?:\?(?P<query>[^#]*))?#(?P<commit>[0-9a-f]{40}(?:[0-9a-f]{24})?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """For whom a row is, and where the lock says so.

    Attributes:
        platform: The conda platform, such as `linux-64`.
        marker: Of the groups that ask for it, in the language of PEP 751; None if it is always installed.
        line: Of the name, or of what stands for it, from 1.
        column: Likewise.
    """

    platform: str
    marker: str | None
    line: int
    column: int


def conda_row(location: Text, package: Table, hashes: Table, place: Place) -> Row:
    """Return the row of a conda package.

    Args:
        location: The URL or path of its archive, or of the folder or repository that it is built from.
        package: Where `name`, `version` and `build` may stand; what stands there must be what the archive is called.
        hashes: Where `sha256` and `md5` may stand.
        place: For whom the row is.

    Raises:
        Unreadable: The archive is of another package than the lock says; a hash is malformed; nothing names the
            package.
    """
    address = address_of(location)
    archive = _ARCHIVE.fullmatch(_decoded(address))
    if archive is None:
        return built_row(location, package.text("name").value, package, place)
    channel = _CHANNEL.fullmatch(archive["place"]) if is_url(address) else None
    found = _hashes(hashes, archive["file"])
    return Row(
        name=_agreed(package, "name", archive["name"]),
        written=archive["name"],
        specifier=f"=={archive['version']}",
        version=_agreed(package, "version", archive["version"]),
        extras=(),
        marker=place.marker,
        hashes=found,
        unhashed=() if found else (archive["file"],),
        source=Source.CONDA if channel else source_of(address),
        url=None if channel else address,
        line=place.line,
        column=place.column,
        index=canonical_index(channel["channel"]) if channel else None,
        build=_agreed(package, "build", archive["build"]),
        platform=place.platform,
    )


def built_row(location: Text, name: str, package: Table, place: Place) -> Row:
    """Return the row of a conda package that is built from its source when it is installed; it has no hashes."""
    address, version = address_of(location), package.optional_text("version")
    return Row(
        name=name,
        written=name,
        specifier="" if version is None else f"=={version.value}",
        version=None if version is None else version.value,
        extras=(),
        marker=place.marker,
        hashes=(),
        source=source_of(address),
        url=address,
        line=place.line,
        column=place.column,
        platform=place.platform,
    )


def index_row(location: Text, package: Table, hashes: Table, place: Place, *, direct: bool) -> Row:
    """Return the row of a distribution that pip or uv installs into the environment.

    Args:
        location: The URL of the file, `git+...`, or a path.
        package: Where `name` and `version` stand; one that is built from a folder may have no version.
        hashes: Where `sha256` and `md5` may stand; of a repository or folder they are no hashes of an artifact.
        place: For whom the row is.
        direct: Whether the project names this URL itself, and not an index.

    Raises:
        Unreadable: Name or version are none by PEP 508 and PEP 440, or a hash is malformed.
    """
    name, version = package.text("name"), package.optional_text("version")
    text = name.value if version is None else f"{name.value}=={version.value}"
    try:
        reference = parse_reference(text, Markers())
    except ValueError as error:
        what = f"{quoted(text)} is no requirement: {str(error).partition(chr(10))[0]}"
        raise Unreadable(what, fix=FIX, line=name.line, column=name.column) from error
    address = address_of(location)
    source = source_of(address)
    if source is Source.URL and not direct:
        source = Source.INDEX
    file = re.split(r"[/\\]", _decoded(address.partition("?")[0].partition("#")[0]))[-1]
    is_artifact = file.endswith(ARCHIVES) and source is not Source.VCS
    found = _hashes(hashes, file) if is_artifact else ()
    return Row(
        name=reference.name,
        written=reference.written,
        specifier=reference.specifier,
        version=reference.version,
        extras=(),
        marker=place.marker,
        hashes=found,
        unhashed=(file,) if is_artifact and not found else (),
        source=source,
        url=None if source is Source.INDEX else address,
        line=place.line,
        column=place.column,
        platform=place.platform,
    )


def address_of(location: Text) -> str:
    """Return a URL without credentials, also those in its path, and with the commit where pip has it; or a path.

    Raises:
        Unreadable: A variable stands in it, whose value depends on where the lock is installed.
    """
    address = location.value
    if is_url(address):
        address = without_credentials(_TOKEN.sub("", address, count=1))
    variable = _VARIABLE.search(address)
    if variable is not None:
        what = f"got {variable[0]}, whose value depends on where the lock is installed; expected the value itself"
        fix = "write the value in the lock; give secrets to conda by its login"
        raise Unreadable(what, fix=fix, line=location.line, column=location.column)
    git = _GIT.fullmatch(address)
    if git is None:
        return address
    query = dict(part.partition("=")[::2] for part in (git["query"] or "").split("&"))
    folder = f"#subdirectory={query['subdirectory']}" if query.get("subdirectory") else ""
    return f"{git['address']}@{git['commit']}{folder}"


def group_marker(groups: set[str]) -> str:
    """Return the marker of what is installed if any of the groups is asked for."""
    return " or ".join(f'"{group}" in dependency_groups' for group in sorted(groups))


def _agreed(package: Table, key: str, archive: str) -> str:
    """Return what the archive's file name says, which is what gets installed; the lock may not say otherwise."""
    stated = package.optional_text(key)
    if stated is not None and stated.value != archive:
        what = f"got the {key} {quoted(stated.value)} of an archive whose file name says {quoted(archive)}"
        raise Unreadable(what, fix=FIX, line=stated.line, column=stated.column)
    return archive


def _hashes(table: Table, file: str) -> tuple[Hash, ...]:
    """Return the sha256, or what there is without one: beside it the md5 would only tell two formats apart."""
    for algorithm in ("sha256", "md5"):
        digest = table.optional_text(algorithm)
        if digest is not None:
            try:
                return (parse_hash(f"{algorithm}:{digest.value}", file),)
            except MalformedHash as error:
                raise BrokenPin(str(error), fix=FIX, line=digest.line, column=digest.column) from error
    return ()


def _decoded(address: str) -> str:
    if "%" not in address:
        return address
    from urllib.parse import unquote

    return unquote(address)
