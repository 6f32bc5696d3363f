"""What `version-pinning` makes of each row of a lock."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.environment.comparison.tiers import is_identified
from gatekeeper.environment.facts import Row, Source
from gatekeeper.environment.formats import Format
from gatekeeper.environment.identity import package_json
from gatekeeper.model import Finding, Location
from gatekeeper_checks._locks import TargetLock
from gatekeeper_checks.version_pinning import rules

_STRONG = frozenset({"sha256", "sha384", "sha512"})
"""What pip takes for `--require-hashes`."""

_MUTABLE = {Source.PATH: "a local path", Source.EDITABLE: "an editable folder"}
_COMPILE = {
    Format.UV: "uv lock",
    Format.POETRY: "poetry lock",
    Format.PDM: "pdm lock",
    Format.PYLOCK: "with the tool that wrote it",
    Format.CONDA_LOCK: "conda-lock",
    Format.PIXI: "pixi lock",
}
_SHOWN = 5


def place(lock: TargetLock, row: Row) -> str:
    """Return `path:line` of a row, as far as its format gives lines."""
    return str(Location(path=row.path or lock.path, line=row.line))


def judge_lock(lock: TargetLock, *, required: str | None) -> Iterator[Finding]:
    """Yield every row that does not pin one file, or that another row contradicts.

    Args:
        lock: A lock or an inventory.
        required: `environment.require`, the weakest evidence that the policy takes.
    """
    if not lock.rows:
        yield rules.EmptyLock.finding(
            f"{lock.path} pins nothing on the target",
            fix="compile it again; check `environment.target` if every line has a marker",
            at=Location(path=lock.path),
        )
    hashes = pins_hashes(lock, required)
    for row in lock.rows:
        yield from _judge_row(lock, row)
        if hashes and _mutable(row) is None:
            yield from _hashes(lock, row)
    yield from _duplicates(lock)


def _judge_row(lock: TargetLock, row: Row) -> Iterator[Finding]:
    at = lock.at(row)
    mutable = _mutable(row)
    if mutable is not None:
        yield rules.MutableSource.finding(
            f"{row.written} comes from {mutable}, expected a release with a hash",
            fix="build a wheel, publish it, and pin it by version and hash",
            at=at,
        )
        return
    if row.source in {Source.INDEX, Source.CONDA} and row.version is None:
        got = f"{row.written}{row.specifier}" if row.specifier else f"{row.written} without a version"
        yield rules.Unpinned.finding(f"got {got}, expected {row.written}==<one version>", fix=_recompile(lock), at=at)


def pins_hashes(lock: TargetLock, required: str | None) -> bool:
    """Return whether the rows are asked for hashes: what is installed has none, and nobody can find them out again.

    The output of `pip freeze` is asked too unless the policy takes versions: it looks like a lock without hashes.
    """
    return not lock.lock.format.is_inventory or (lock.lock.format is Format.PIP_FREEZE and required != "versions")


def _mutable(row: Row) -> str | None:
    """Return in words where a row comes from, if that can change while the lock stays as it is."""
    if row.source is Source.VCS and not is_identified(row):
        return "version control without a full commit"
    return _MUTABLE.get(row.source)


def _hashes(lock: TargetLock, row: Row) -> Iterator[Finding]:
    at, recompile = lock.at(row), _recompile(lock)
    if row.unhashed:
        shown = ", ".join(row.unhashed[:_SHOWN])
        more = f" and {len(row.unhashed) - _SHOWN} more" if len(row.unhashed) > _SHOWN else ""
        origin = f"from {row.index}" if row.index else "of the index"
        message = f"{row.written} {row.version}: no hash for {shown}{more} {origin}, expected a sha256 for each file"
        fix = f"{recompile}, from an index that gives hashes; or publish the file to one that does"
        yield rules.Unhashed.finding(message, fix=fix, at=at)
    elif not is_identified(row):
        yield rules.Unhashed.finding(f"{row.written} has no --hash, expected at least one sha256", fix=recompile, at=at)
    weak = [each.algorithm for each in row.hashes if each.algorithm not in _STRONG]
    # conda checks every hash that it has, pip takes any of them.
    if weak and not (row.source is Source.CONDA and len(weak) < len(row.hashes)):
        message = f"{row.written} is hashed by {weak[0]}, expected sha256, sha384 or sha512"
        yield rules.WeakHash.finding(message, fix=recompile, at=at)


def _recompile(lock: TargetLock) -> str:
    if lock.lock.format is Format.PIP_FREEZE:
        return (
            f"pip-compile --generate-hashes {lock.path} -o hashed.lock, then declare that;\n"
            "or if it says what is installed, and not what is to be: environment: {require: versions}"
        )
    command = _COMPILE.get(lock.lock.format, "pip-compile --generate-hashes")
    return f"compile {lock.path} again: {command}"


def _duplicates(lock: TargetLock) -> Iterator[Finding]:
    first: dict[str, Row] = {}
    for row in lock.rows:
        before = first.setdefault(row.name or row.written, row)
        if before is not row and package_json(before) != package_json(row):
            where = f"line {before.line}" if before.line and before.path == row.path else place(lock, before)
            yield rules.Duplicate.finding(
                f"{row.written} {row.version or row.specifier}: {where} asks for "
                f"{before.version or before.specifier or 'any version'} already, expected one requirement a package",
                fix="compile the lock again from one input",
                at=lock.at(row),
            )
