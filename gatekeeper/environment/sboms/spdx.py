"""SPDX 2.2 and 2.3 in JSON, as sbom4python, syft and trivy write it."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.environment.facts import Hash, Lock, Row
from gatekeeper.environment.formats import Format
from gatekeeper.environment.hashes import distinct
from gatekeeper.environment.json_document import Fields, load_object
from gatekeeper.environment.quoting import quoted
from gatekeeper.environment.sboms.component import (
    component_hash,
    component_row,
    is_python,
    names_archive,
    package_url,
)
from gatekeeper.environment.sboms.purl import PackageUrl
from gatekeeper.errors import Unreadable

VERSIONS = ("SPDX-2.2", "SPDX-2.3")
_AGAIN = "write SPDX 2.3 in JSON: syft IMAGE -o spdx-json@2.3, or sbom4python --sbom spdx --format json"
# What a package may be that Python installs. `OPERATING-SYSTEM`, `CONTAINER`, `FILE` and the like are none.
_INSTALLABLE = frozenset({"APPLICATION", "FRAMEWORK", "LIBRARY", "ARCHIVE", "INSTALL", "SOURCE", "OTHER"})
_UNKNOWN = frozenset({"NOASSERTION", "NONE"})


def parse_spdx(text: str) -> Lock:
    """Return the Python distributions and conda packages of an SBOM, in its order; what it describes is none of them.

    A package without a package URL counts as a Python distribution: nothing says that it is not. Checksums count only
    where the package is said to be a wheel, an sdist or a conda package.

    Args:
        text: As `decoding.decode` gives it.

    Raises:
        Unreadable: It is in another form or of another version, or a package has no name.
    """
    if not text.lstrip().startswith("{"):
        raise Unreadable("got SPDX in tag-value form, expected it in JSON", fix=_AGAIN, line=1, column=1)
    return read_spdx(load_object(text, _AGAIN))


def read_spdx(document: Fields) -> Lock:
    """Return what a document that is loaded says, as `parse_spdx` does."""
    document = document.with_fix(_AGAIN)
    _expect_version(document)
    rows: list[Row] = []
    foreign = 0
    for package in document.objects("packages"):
        purls = [*_package_urls(package)]
        purl = next((each for each in purls if is_python(each)), None)
        kind = package.optional_text("primaryPackagePurpose") or "LIBRARY"
        if kind not in _INSTALLABLE or (purls and purl is None):
            foreign += 1
        else:
            rows.append(_row(package, purl))
    warnings = (f"left out, for they are no Python distributions: {foreign} packages",) if foreign else ()
    return Lock(rows=tuple(rows), format=Format.SPDX, warnings=warnings)


def _expect_version(document: Fields) -> None:
    if "@context" in document:
        document.refuse("@context", f"got SPDX 3, expected {' or '.join(VERSIONS)}")
    stated = document.text("spdxVersion")
    if stated not in VERSIONS:
        document.refuse("spdxVersion", f"got {quoted(stated)}, expected {' or '.join(VERSIONS)}")


def _package_urls(package: Fields) -> Iterator[PackageUrl]:
    for reference in package.objects("externalRefs"):
        found = package_url(reference, "referenceLocator") if reference.text("referenceType") == "purl" else None
        if found is not None:
            yield found


def _row(package: Fields, purl: PackageUrl | None) -> Row:
    version = package.optional_text("versionInfo") or ""
    return component_row(package, "" if version in _UNKNOWN else version, purl, distinct(_hashes(package)))


def _hashes(package: Fields) -> Iterator[Hash]:
    places = [package.optional_text(key) or "" for key in ("packageFileName", "downloadLocation")]
    file = next((each.rpartition("/")[2] for each in places if names_archive(each)), None)
    for each in package.objects("checksums") if file is not None else ():
        found = component_hash(each, "algorithm", "checksumValue", file or "")
        if found is not None:
            yield found
