"""One package of a uv.lock: where it comes from, its files, and what it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gatekeeper.environment.facts import Dependency, Hash, Requested, Row, Source
from gatekeeper.environment.hashes import distinct
from gatekeeper.environment.project_locks.markers import all_of, any_of
from gatekeeper.environment.project_locks.origins import Origin, file_name, from_index, from_url, from_uv_git
from gatekeeper.environment.project_locks.toml import Table

_LOCAL = {"virtual": Source.VIRTUAL, "editable": Source.EDITABLE, "directory": Source.PATH, "path": Source.PATH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package with what tells it from others of its name.

    Attributes:
        table: What the lock says of it.
        name: Canonical.
        version: `str(Version)`; None for a project whose version is not known before it is built.
        origin: Where it comes from.
    """

    table: Table
    name: str
    version: str | None
    origin: Origin

    @classmethod
    def read(cls, table: Table) -> Package:
        """Return the package that a table describes."""
        return cls(table=table, name=table.name(), version=table.version(), origin=_origin(table))

    @property
    def is_here(self) -> bool:
        """Whether it is the project beside the lock."""
        return self.origin.url == "." and self.origin.source is not Source.INDEX

    def under(self, key: str) -> Iterator[tuple[str, Dependency]]:
        """Yield what each extra (`optional-dependencies`) or group (`dev-dependencies`) asks for."""
        table = self.table.table(key)
        for name in table.values:
            for dependency in dependencies(table, name):
                yield table.as_name(name), dependency

    def row(self) -> Row:
        """Return the package as a row of the lock; whether a project asks for it is not known here."""
        hashes, unhashed = _files(self.table, self.origin)
        always = (Requested(dependency=each) for each in dependencies(self.table, "dependencies"))
        optional = (Requested(dependency=each, extra=extra) for extra, each in self.under("optional-dependencies"))
        return Row(
            name=self.name,
            written=self.table.text("name"),
            specifier="" if self.version is None else f"=={self.version}",
            version=self.version,
            extras=(),
            marker=None,
            hashes=hashes,
            unhashed=unhashed,
            source=self.origin.source,
            url=self.origin.url,
            index=self.origin.index,
            requires=(*always, *optional),
            line=self.table.line,
        )


def dependencies(table: Table, key: str) -> Iterator[Dependency]:
    """Yield the dependencies of an array: resolved, each meaning one package of the lock."""
    for each in table.tables(key):
        marker = each.optional("marker", str)
        yield Dependency(
            name=each.name(),
            version=each.version(),
            origin=str(_origin(each)) if "source" in each.values else None,
            extras=tuple(sorted({each.as_name(extra) for extra in each.texts("extra")})),
            marker=None if marker is None else each.marker(marker),
        )


def requirements(table: Table, key: str, packages: Sequence[Package]) -> Iterator[Dependency]:
    """Yield the requirements of an array, which are not resolved: where several packages have the name, one for each.

    Each of those holds where its package was resolved for, which `resolution-markers` say.
    """
    for each in table.tables(key):
        named = [package for package in packages if package.name == each.name()]
        asked = Dependency(
            name=each.name(), extras=tuple(sorted({each.as_name(extra) for extra in each.texts("extras")}))
        )
        own = each.optional("marker", str)
        if len(named) < 2:
            yield replace(asked, marker=None if own is None else each.marker(own))
            continue
        for package in named:
            forks = any_of(package.table.texts("resolution-markers"))
            both = all_of(part for part in (own, forks) if part)
            marker = each.marker(both) if both else None
            yield replace(asked, version=package.version, origin=str(package.origin), marker=marker)


def _origin(table: Table) -> Origin:
    source = table.table("source")
    known = [key for key in ("registry", "git", "url", *_LOCAL) if key in source.values]
    if len(known) != 1:
        expected = f"one of registry, git, url, {', '.join(_LOCAL)}"
        raise table.error(f"got the source {', '.join(sorted(source.values)) or 'of none'}, expected {expected}")
    (key,) = known
    place = source.text(key)
    if key == "registry":
        return from_index(place)
    if key == "git":
        return from_uv_git(place)
    if key == "url":
        return from_url(place, source.optional("subdirectory", str))
    return Origin(source=_LOCAL[key], url=place)


def _files(table: Table, origin: Origin) -> tuple[tuple[Hash, ...], tuple[str, ...]]:
    """Return the hashes of all files, and the names of those that have none: uv takes any bytes for them."""
    hashes: list[Hash] = []
    unhashed: list[str] = []
    sdist = [table.table("sdist")] if "sdist" in table.values else []
    for file in (*sdist, *table.tables("wheels")):
        place = file.optional("filename", str) or file.optional("url", str) or file.optional("path", str)
        name = file_name(place or origin.url or "")
        text = file.optional("hash", str)
        if text is None:
            unhashed.append(name)
        else:
            hashes.append(table.hash(text, name))
    return distinct(hashes), tuple(sorted(unhashed))
