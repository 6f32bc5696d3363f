"""The lock of conda-lock, version 1: one entry for each package, platform and category."""

from __future__ import annotations

from gatekeeper.environment.conda.document import FIX, Table, Text, as_table, read_document, unexpected
from gatekeeper.environment.conda.rows import Place, conda_row, group_marker, index_row
from gatekeeper.environment.facts import Lock, Row
from gatekeeper.environment.formats import Format
from gatekeeper.environment.names import canonical_name
from gatekeeper.errors import Unreadable

_MAIN = "main"
# `conda-lock install` takes it unless it is told `--no-dev` (conda-lock 4.0.3).
_DEFAULT = "dev"


def parse_conda_lock(text: str) -> Lock:
    """Return what the lock says, in the order of its entries.

    The category `main` is always installed; each other one is a group, of which `conda-lock install` takes `dev` by
    default. A package of several categories, which conda-lock writes as several entries, is one row. `optional` says
    no more than the category, and conda-lock does not read it either.

    Args:
        text: As `decoding.decode` gives it.

    Raises:
        Unreadable: It is no conda-lock of version 1, or an entry can't be read whole; with line and column.
    """
    document = read_document(text)
    _expect_version(document)
    found: dict[tuple[str, ...], tuple[Table, set[str]]] = {}
    for value in document.items("package"):
        package = as_table(value, "a package")
        _, categories = found.setdefault(_identity(package), (package, set()))
        category = package.optional_text("category")
        categories.add(_MAIN if category is None else canonical_name(category.value))
    groups = sorted({each for _, categories in found.values() for each in categories} - {_MAIN})
    return Lock(
        rows=tuple(_row(package, categories) for package, categories in found.values()),
        format=Format.CONDA_LOCK,
        groups=tuple(groups),
        default_groups=(_DEFAULT,) if _DEFAULT in groups else (),
    )


def _expect_version(document: Table) -> None:
    version = document.entries.get("version")
    if not isinstance(version, Text) or version.value != "1":
        if version is not None:
            raise unexpected(version, "version: 1, the only one of conda-lock's that is known")
        raise Unreadable("there is no `version` here, expected version: 1", fix=FIX, line=1, column=1)


def _identity(package: Table) -> tuple[str, ...]:
    """Return what is the same in the entries of one package for several categories, and in no others."""
    stated = [package.text(key).value for key in ("manager", "name", "platform", "url")]
    hashes = package.table("hash")
    digests = (hashes.optional_text(algorithm) for algorithm in ("sha256", "md5"))
    return (*stated, *("" if digest is None else digest.value for digest in digests))


def _row(package: Table, categories: set[str]) -> Row:
    name, manager, url = package.text("name"), package.text("manager"), package.text("url")
    place = Place(
        platform=package.text("platform").value,
        marker=None if _MAIN in categories else group_marker(categories),
        line=name.line,
        column=name.column,
    )
    if manager.value == "conda":
        return conda_row(url, package, package.table("hash"), place)
    if manager.value == "pip":
        return index_row(url, package, package.table("hash"), place, direct="source" in package.entries)
    raise unexpected(manager, "the manager conda or pip")
