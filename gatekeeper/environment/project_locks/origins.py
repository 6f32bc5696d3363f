"""Where a package of a project lock comes from, in the form that requirements files give to the same place."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from gatekeeper.environment.facts import Row, Source
from gatekeeper.environment.urls import canonical_index, is_url, source_of, without_credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The fields of a `Row` that say where its artifact comes from."""

    source: Source
    url: str | None = None
    index: str | None = None

    def __str__(self) -> str:
        """Return what `Dependency.origin` calls it: the index or URL, `""` for pip's default index."""
        return self.index or self.url or ""


def origin_of(row: Row) -> str:
    """Return what `Dependency.origin` calls the origin of a row."""
    return str(Origin(source=row.source, url=row.url, index=row.index))


def from_index(url: str) -> Origin:
    """Return the origin of a release of an index; a folder that serves as one stays as it is written."""
    return Origin(source=Source.INDEX, index=canonical_index(url) if is_url(url) else url)


def from_url(url: str, subdirectory: str | None = None) -> Origin:
    """Return the origin of an archive at a URL; a `file:` URL is a path."""
    address, _, fragment = without_credentials(url).partition("#")
    folder = subdirectory or dict(parse_qsl(fragment)).get("subdirectory")
    return Origin(source=source_of(address), url=_in_folder(address, folder))


def from_repository(kind: str, url: str, commit: str | None, subdirectory: str | None = None) -> Origin:
    """Return the origin of a commit, as `git+https://host/name@commit#subdirectory=x`.

    Args:
        kind: `git`, `hg`, `svn` or `bzr`.
        url: Of the repository.
        commit: As the lock says; None or shortened where the lock does not pin one.
        subdirectory: Of the project in the repository.
    """
    address = without_credentials(url.removeprefix(f"{kind}+")) + (f"@{commit}" if commit else "")
    return Origin(source=Source.VCS, url=_in_folder(f"{kind}+{address}", subdirectory))


def from_uv_git(url: str) -> Origin:
    """Return the origin that uv writes as `https://host/name?subdirectory=x&rev=main#commit`."""
    address, _, commit = url.partition("#")
    repository, _, query = address.partition("?")
    asked = dict(parse_qsl(query))
    return from_repository("git", repository, commit or asked.get("rev"), asked.get("subdirectory"))


def file_name(place: str) -> str:
    """Return the name of the file at a URL or path."""
    path = place.partition("#")[0].partition("?")[0] if "://" in place else place.replace("\\", "/")
    name = path.rpartition("/")[2]
    return unquote(name) if "%" in name else name


def _in_folder(address: str, subdirectory: str | None) -> str:
    return f"{address}#subdirectory={subdirectory}" if subdirectory else address
