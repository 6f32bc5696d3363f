"""What `version-pinning` makes of each lock and of what the artifacts carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from packaging.version import InvalidVersion, Version

from gatekeeper.artifact import Artifact, read_artifact
from gatekeeper.candidate import Candidate
from gatekeeper.environment.breaks import consequences
from gatekeeper.environment.distributions import distribution_of
from gatekeeper.environment.facts import Row, Source
from gatekeeper.environment.identity import comparable_version, package_json
from gatekeeper.environment.target import Target
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Examined, Finding, Location, Scalar, Unable
from gatekeeper_checks._locks import TargetLock, lock_path, read_target_lock, target_of
from gatekeeper_checks.version_pinning import rules

_STRONG = frozenset({"sha256", "sha384", "sha512"})
"""What pip takes for `--require-hashes`."""

_MUTABLE = {Source.VCS: "version control", Source.PATH: "a local path", Source.EDITABLE: "an editable folder"}
_SHOWN_VERSIONS = 5


def judge(candidate: Candidate) -> Examined | Unable:
    """Return what was read, and every broken pin."""
    inquiry = Inquiry()
    locks = _read_locks(candidate, inquiry, target_of(candidate))
    for lock in locks:
        inquiry.findings += _judge_lock(lock)
    # Production's lock is what the artifact meets; training's stands in where production is only a digest.
    counterpart = next((lock for lock in reversed(locks) if lock.rows), None)
    for index, path in enumerate(candidate.policy.artifacts):
        artifact = _read_artifact(candidate, inquiry, f"artifacts[{index}]", path)
        if artifact is not None:
            inquiry.findings += _judge_artifact(artifact, path, counterpart)
    return inquiry.conclude()


def _read_locks(candidate: Candidate, inquiry: Inquiry, target: Target) -> Sequence[TargetLock]:
    """Return the declared locks, training's first; the same file twice is one lock."""
    environment = candidate.policy.environment
    named = {environment.training: "environment.training", lock_path(environment.production): "environment.production"}
    named.pop(None, None)
    if not named:
        finding = rules.NoLock.finding(
            "neither `environment.training` nor `environment.production` names a lock file",
            fix="pip-compile --generate-hashes requirements.in -o production.lock, then declare it",
            at=candidate.at("environment"),
        )
        inquiry.findings.append(finding)
    read = (read_target_lock(candidate, inquiry, role, path, target) for path, role in named.items() if path)
    return [lock for lock in read if lock is not None]


def _judge_lock(lock: TargetLock) -> Iterator[Finding]:
    if not lock.rows:
        yield rules.EmptyLock.finding(
            f"{lock.path} pins nothing on the target",
            fix="compile it again; check `environment.target` if every line has a marker",
            at=Location(path=lock.path),
        )
    for row in lock.rows:
        yield from _judge_row(lock, row)
    yield from _duplicates(lock)


def _judge_row(lock: TargetLock, row: Row) -> Iterator[Finding]:
    at, recompile = lock.at(row), f"compile {lock.path} again: pip-compile --generate-hashes"
    if row.source in _MUTABLE:
        yield rules.MutableSource.finding(
            f"{row.written} comes from {_MUTABLE[row.source]}, expected a release with a hash",
            fix="build a wheel, publish it, and pin it by version and hash",
            at=at,
        )
        return
    if row.source is Source.INDEX and row.version is None:
        got = f"{row.written}{row.specifier}" if row.specifier else f"{row.written} without a version"
        yield rules.Unpinned.finding(f"got {got}, expected {row.written}==<one version>", fix=recompile, at=at)
    if not row.hashes:
        yield rules.Unhashed.finding(f"{row.written} has no --hash, expected at least one sha256", fix=recompile, at=at)
    for each in row.hashes:
        if each.algorithm not in _STRONG:
            message = f"{row.written} is hashed by {each.algorithm}, expected sha256, sha384 or sha512"
            yield rules.WeakHash.finding(message, fix=recompile, at=at)


def _duplicates(lock: TargetLock) -> Iterator[Finding]:
    first: dict[str, Row] = {}
    for row in lock.rows:
        before = first.setdefault(row.name or row.written, row)
        if before is not row and package_json(before) != package_json(row):
            yield rules.Duplicate.finding(
                f"{row.written} {row.version or row.specifier}: line {before.line} asks for "
                f"{before.version or before.specifier or 'any version'} already, expected one requirement a package",
                fix="compile the lock again from one input",
                at=lock.at(row),
            )


def _read_artifact(candidate: Candidate, inquiry: Inquiry, key: str, path: str) -> Artifact | None:
    fact = inquiry.attempt(lambda: candidate.fact(path, read_artifact, Artifact, key=key))
    if fact is None:
        return None
    carried = ", ".join(f"{each.library} {each.version}" for each in fact.value.versions[:_SHOWN_VERSIONS])
    measured: dict[str, Scalar] = {
        "format": str(fact.value.format),
        "opcodes": fact.value.opcodes,
        "arrays": fact.value.arrays,
        "carries": carried or "no library version",
    }
    inquiry.evidence.append(candidate.evidence(path, fact, measured))
    return fact.value


def _judge_artifact(artifact: Artifact, path: str, lock: TargetLock | None) -> Iterator[Finding]:
    yield from _mixed(artifact, path)
    if lock is not None:
        pins = {row.name: row for row in reversed(lock.rows)}
        yield from _absent(artifact, path, lock, pins)
        yield from _other_version(artifact, path, lock, pins)


def _mixed(artifact: Artifact, path: str) -> Iterator[Finding]:
    for library in sorted({each.library for each in artifact.versions}):
        versions = [each for each in artifact.versions if each.library == library]
        if len(versions) > 1:
            counted = ", ".join(f"{each.version} ({each.count} objects)" for each in versions[:_SHOWN_VERSIONS])
            yield rules.MixedVersions.finding(
                f"{path} holds objects of {len(versions)} versions of {library}: {counted}; expected one",
                fix="fit the whole pipeline again in one environment",
                at=Location(path=path, key=library),
            )


def _absent(artifact: Artifact, path: str, lock: TargetLock, pins: dict[str, Row]) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for each in artifact.globals:
        distribution = distribution_of(each.module)
        if distribution is not None:
            first.setdefault(distribution, f"{each.module}.{each.name}")
    for distribution in sorted(first.keys() - pins.keys()):
        yield rules.PackageAbsent.finding(
            f"{path} needs {distribution} (for {first[distribution]}); {lock.path} does not pin it",
            fix=f"add {distribution} to the input of {lock.path} and compile it again",
            at=Location(path=path, key=distribution),
        )


def _other_version(artifact: Artifact, path: str, lock: TargetLock, pins: dict[str, Row]) -> Iterator[Finding]:
    for carried in artifact.versions:
        row = pins.get(carried.library)
        if row is None or row.version is None:
            continue  # `package-absent` and `unpinned` say so
        if _same(carried.version, row.version):
            continue
        name, saved, pinned = carried.library, carried.version, row.version
        lines = [f"{path} was saved by {name} {saved}; {lock.path}:{row.line} pins {pinned}"]
        lines += _consequences(artifact, name, saved, pinned)
        yield rules.ArtifactVersion.finding(
            "\n".join(lines),
            fix=f"pin {name}=={saved} in the input of {lock.path} and compile it again;\n"
            f"or train again with {name}=={pinned} and save the model anew",
            at=Location(path=path, key=name),
        )


def _same(carried: str, pinned: str) -> bool:
    try:
        return comparable_version(str(Version(carried))) == comparable_version(pinned)
    except InvalidVersion:
        return False


def _consequences(artifact: Artifact, library: str, saved: str, pinned: str) -> Iterator[str]:
    """Yield what is known to break among the classes that this very file holds."""
    held = {estimator.name for estimator in artifact.estimators}
    for each in consequences(library, saved, pinned):
        # A class of the table may name the parameter that matters, as in ColumnTransformer(remainder='passthrough').
        classes = tuple(name for name in each.classes if name.partition("(")[0] in held)
        if classes:
            yield f"in this file {replace(each, classes=classes)}"
