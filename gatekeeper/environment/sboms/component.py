"""One component of an SBOM as a row, whichever format names it."""

from __future__ import annotations

from dataclasses import replace

from gatekeeper.environment.facts import Hash, Row, Source
from gatekeeper.environment.hashes import HEX_DIGITS, MalformedHash, parse_hash
from gatekeeper.environment.installed.distributions import inventory_row
from gatekeeper.environment.json_document import Fields
from gatekeeper.environment.sboms.purl import PackageUrl
from gatekeeper.environment.urls import canonical_index, is_url, source_of, without_credentials

_OURS = ("pypi", "conda")
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".conda", ".tar.bz2")


def package_url(component: Fields, key: str) -> PackageUrl | None:
    """Return the package URL under a key; None where there is none."""
    text = component.optional_text(key)
    if text is None:
        return None
    try:
        return PackageUrl.parse(text)
    except ValueError as error:
        component.refuse(key, str(error))


def is_python(purl: PackageUrl | None) -> bool:
    """Return whether a component may be a Python distribution: without a package URL nothing says that it is not."""
    return purl is None or purl.type in _OURS


def component_row(component: Fields, version: str, purl: PackageUrl | None, hashes: tuple[Hash, ...]) -> Row:
    """Return the row of one component: the name and origin of its package URL, if it has one, else its own name.

    Args:
        component: Has `name`.
        version: As the component says; `""` where it does not.
        purl: Of the component.
        hashes: Of the files that it stands for.
    """
    if purl is None:
        return inventory_row(component, version, Source.INDEX, hashes=hashes)
    named = Fields({"name": purl.name}, component.path, component.fix)
    source, url = _source(purl)
    row = inventory_row(named, purl.version or version, source, url=url, hashes=hashes)
    more = purl.qualifiers
    if source is Source.CONDA:
        channel = more.get("channel")
        index = canonical_index(channel) if channel and is_url(channel) else None
        return replace(row, index=index, build=more.get("build"), platform=more.get("subdir"))
    index = more.get("repository_url")
    return row if index is None else replace(row, index=canonical_index(index))


def _source(purl: PackageUrl) -> tuple[Source, str | None]:
    if purl.type == "conda":
        return Source.CONDA, None
    url = purl.qualifiers.get("vcs_url") or purl.qualifiers.get("download_url")
    return (Source.INDEX, None) if url is None else (source_of(url), without_credentials(url))


def names_archive(text: str) -> bool:
    """Return whether a file's name or URL is that of a wheel, an sdist or a conda package."""
    return text.partition("#")[0].partition("?")[0].endswith(_ARCHIVES)


def component_hash(stated: Fields, algorithm: str, digest: str, file: str) -> Hash | None:
    """Return a hash in pip's spelling of its algorithm; None for an algorithm that no lock can hold."""
    spelled = stated.text(algorithm).replace("-", "").lower()
    if spelled not in HEX_DIGITS:
        return None
    try:
        return parse_hash(f"{spelled}:{stated.text(digest)}", file)
    except MalformedHash as error:
        stated.refuse(digest, str(error))
