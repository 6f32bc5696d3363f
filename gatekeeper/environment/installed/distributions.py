"""Rows of what is installed: a name, a version, and where it came from by direct_url.json (PEP 610)."""

from __future__ import annotations

from packaging.version import InvalidVersion, Version

from gatekeeper.environment.facts import Hash, Row, Source
from gatekeeper.environment.hashes import MalformedHash, distinct, parse_hash
from gatekeeper.environment.json_document import Fields
from gatekeeper.environment.names import canonical_name, is_name
from gatekeeper.environment.quoting import quoted
from gatekeeper.environment.urls import source_of, without_credentials

# `str(Version)` needs no more; what is longer only exhausts the parser.
_LONGEST_VERSION = 256


def installed_row(distribution: Fields, metadata: Fields, record: str | None = None) -> Row:
    """Return one installed distribution.

    Args:
        distribution: Where `installer` and `direct_url` may stand, as `pip inspect` and the probe write them.
        metadata: Where `name` and `version` stand.
        record: The canonical digest of its RECORD, if that was taken. Of an editable distribution it says nothing: its
            code lies elsewhere.

    Raises:
        Unreadable: A value is of a wrong type, or the name is none.
    """
    origin = distribution.object("direct_url")
    source, url = _source(origin)
    if source in (Source.INDEX, Source.PATH) and distribution.optional_text("installer") == "conda":
        # The folder that some of its builds name is the one in which the package was built.
        source, url = Source.CONDA, None
    records = () if record is None or source is Source.EDITABLE else (record,)
    return inventory_row(metadata, metadata.text("version"), source, url=url, records=records, hashes=_hashes(origin))


def inventory_row(
    named: Fields,
    version: str,
    source: Source,
    *,
    url: str | None = None,
    records: tuple[str, ...] = (),
    hashes: tuple[Hash, ...] = (),
) -> Row:
    """Return the row of what `named` calls by its `name`.

    A version that PEP 440 can't read stays in the specifier, as it is: nobody can compare it.

    Raises:
        Unreadable: The name is none.
    """
    written = named.text("name")
    if not is_name(written):
        named.refuse("name", f"got {quoted(written)}, expected the name of a distribution")
    pinned = version or None if source is Source.CONDA else canonical_version(version)
    return Row(
        name=canonical_name(written),
        written=written,
        specifier=version if pinned is None else f"=={pinned}",
        version=pinned,
        extras=(),
        marker=None,
        hashes=hashes,
        source=source,
        url=url,
        records=records,
    )


def canonical_version(text: str) -> str | None:
    """Return `str(Version)`, or None for what is no version of PEP 440."""
    try:
        return str(Version(text)) if text.isascii() and len(text) <= _LONGEST_VERSION else None
    except InvalidVersion:
        return None


def _source(origin: Fields) -> tuple[Source, str | None]:
    if not origin.values:
        return Source.INDEX, None
    url = without_credentials(origin.text("url"))
    folder = origin.optional_text("subdirectory")
    fragment = f"#subdirectory={folder}" if folder else ""
    if "vcs_info" in origin:
        vcs = origin.object("vcs_info")
        return Source.VCS, f"{vcs.text('vcs')}+{url}@{vcs.text('commit_id')}{fragment}"
    if "dir_info" in origin:
        return Source.EDITABLE if origin.object("dir_info").flag("editable") else Source.PATH, url
    return source_of(url), f"{url}{fragment}"


def _hashes(origin: Fields) -> tuple[Hash, ...]:
    """Return the hashes of the archive that a URL gave: the older key has one, `algorithm=hex`."""
    archive = origin.object("archive_info")
    by_algorithm = archive.object("hashes")
    stated = [f"{algorithm}:{by_algorithm.text(algorithm)}" for algorithm in by_algorithm.values]
    older = archive.optional_text("hash")
    if older is not None:
        stated.append(older.replace("=", ":", 1))
    try:
        return distinct(parse_hash(each) for each in stated)
    except MalformedHash as error:
        archive.refuse("hashes", str(error))
