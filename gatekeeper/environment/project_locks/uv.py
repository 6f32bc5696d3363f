"""uv.lock, version 1, as facts.

uv calls the file its own and no standard (docs.astral.sh, "The lockfile"); what is read here is what uv 0.13.9 writes,
and the tests hold it against `uv export`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from gatekeeper.environment.facts import Lock, Requested, Row
from gatekeeper.environment.formats import Format
from gatekeeper.environment.project_locks.graph import Index
from gatekeeper.environment.project_locks.synthetic import extra_name, group_name, project_name
from gatekeeper.environment.project_locks.toml import Document, Table
from gatekeeper.environment.project_locks.uv_package import Package, dependencies, requirements

_VERSION = 1
_AGAIN = "lock the project again: uv lock"
# What uv installs unless `default-groups` in pyproject.toml says otherwise; the lock does not say.
_DEFAULT_GROUPS = ("dev",)


def parse_uv_lock(text: str) -> Lock:
    """Return what the lock says: its packages as rows, and as `roots` what the project asks for.

    The project itself is no row: it is the member at `.`, or in a workspace without one every member.

    Args:
        text: As `decoding.decode` gives it.

    Raises:
        Unreadable: It is no TOML, of another version than 1, or not whole: with the line where it is known.
    """
    top = Document(text, _AGAIN).load()
    _refuse_other_version(top)
    packages = [Package.read(table) for table in top.packages("package")]
    members = _members(top, packages)
    projects = [package for package in packages if package.name in members]
    others = [package for package in packages if package.name not in members]
    roots = (*(each for project in projects for each in _asked_by(project)), *_asked_by_workspace(top, others))
    if not projects and not roots:
        raise top.error("got neither a project nor requirements, expected what the packages are for")
    groups = _names(top, _groups(top, projects))
    return Lock(
        rows=_rows(top, packages, members, roots),
        format=Format.UV,
        requires_python=top.specifier(top.text("requires-python")),
        environments=tuple(top.marker(each) for each in top.texts("supported-markers")),
        members=members,
        roots=roots,
        extras=_names(top, _extras(projects)),
        groups=groups,
        default_groups=tuple(each for each in _DEFAULT_GROUPS if each in groups),
        conflicts=tuple(_conflicts(top)),
    )


def _refuse_other_version(top: Table) -> None:
    version = top.optional("version", int)
    if version != _VERSION:
        shown = "no version" if version is None else f"version {version}"
        fix = f"write it by a uv that writes version {_VERSION}, or upgrade gatekeeper"
        raise top.error(f"got {shown} of uv.lock, expected version {_VERSION}", literal=f"version = {version}", fix=fix)


def _members(top: Table, packages: Sequence[Package]) -> tuple[str, ...]:
    here = [package.name for package in packages if package.is_here]
    return tuple(here or (top.as_name(each) for each in top.table("manifest").texts("members")))


def _asked_by(project: Package) -> Iterator[Requested]:
    for dependency in dependencies(project.table, "dependencies"):
        yield Requested(dependency=dependency, member=project.name)
    for extra, dependency in project.under("optional-dependencies"):
        yield Requested(dependency=dependency, extra=extra, member=project.name)
    for group, dependency in project.under("dev-dependencies"):
        yield Requested(dependency=dependency, group=group, member=project.name)


def _asked_by_workspace(top: Table, packages: Sequence[Package]) -> Iterator[Requested]:
    """Yield what no project asks for: the requirements of a script, and the groups of a workspace without a project."""
    manifest = top.table("manifest")
    for dependency in requirements(manifest, "requirements", packages):
        yield Requested(dependency=dependency)
    groups = manifest.table("dependency-groups")
    for group in groups.values:
        for dependency in requirements(groups, group, packages):
            yield Requested(dependency=dependency, group=top.as_name(group))


def _rows(
    top: Table, packages: Sequence[Package], members: Sequence[str], roots: Sequence[Requested]
) -> tuple[Row, ...]:
    """Return the rows, after every dependency was found to mean one of them, or a member."""
    tables = {package.name: package.table for package in packages if package.name in members}
    others = [package for package in packages if package.name not in members]
    rows = [package.row() for package in others]
    index = Index(rows, members)
    direct = {_found(tables.get(each.member or "", top), index, each) for each in roots}
    for package, row in zip(others, rows, strict=True):
        for each in row.requires:
            _found(package.table, index, each)
    return tuple(replace(row, direct=number in direct) for number, row in enumerate(rows))


def _found(table: Table, index: Index, requested: Requested) -> int | str:
    try:
        return index.find(requested.dependency)
    except ValueError as error:
        raise table.error(str(error)) from error


def _extras(projects: Sequence[Package]) -> Iterator[str]:
    """Yield the extras of the projects; those without dependencies are in their metadata alone."""
    for project in projects:
        yield from project.table.table("optional-dependencies").values
        yield from project.table.table("metadata").texts("provides-extras")


def _groups(top: Table, projects: Sequence[Package]) -> Iterator[str]:
    """Yield the groups of the projects and of the workspace, as `_extras` does the extras."""
    yield from top.table("manifest").table("dependency-groups").values
    for project in projects:
        yield from project.table.table("dev-dependencies").values
        yield from project.table.table("metadata").table("requires-dev").values


def _names(top: Table, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({top.as_name(each) for each in names}))


def _conflicts(top: Table) -> Iterator[tuple[str, ...]]:
    for conflict in top.arrays("conflicts"):
        yield tuple(map(_conflicting, conflict))


def _conflicting(item: Table) -> str:
    package = item.name("package")
    if "extra" in item.values:
        return extra_name(package, item.name("extra"))
    return group_name(package, item.name("group")) if "group" in item.values else project_name(package)
