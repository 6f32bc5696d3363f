"""What `version-pinning` makes of the artifacts: the versions that they carry, against those of the lock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from packaging.version import InvalidVersion, Version

from gatekeeper.artifact import Artifact
from gatekeeper.environment.breaks import consequences
from gatekeeper.environment.distributions import distribution_of
from gatekeeper.environment.facts import Row
from gatekeeper.environment.identity import comparable_version
from gatekeeper.model import Finding, Location, Scalar
from gatekeeper_checks._artifacts import read_whole
from gatekeeper_checks._locks import TargetLock
from gatekeeper_checks.version_pinning import rules
from gatekeeper_checks.version_pinning.locks import place
from gatekeeper_checks.version_pinning.scene import Scene

_SHOWN_VERSIONS = 5


def judge_artifacts(scene: Scene) -> None:
    """Note what each declared artifact carries, and where that is not what the lock pins."""
    # Production's lock is what the artifact meets; training's stands in where production is only a digest.
    counterpart = next((lock for lock in reversed(scene.locks) if lock.rows), None)
    for index, path in enumerate(scene.candidate.policy.artifacts):
        artifact = _read_artifact(scene, f"artifacts[{index}]", path)
        if artifact is not None:
            scene.inquiry.findings += _judge_artifact(artifact, path, counterpart)


def _read_artifact(scene: Scene, key: str, path: str) -> Artifact | None:
    fact = scene.inquiry.attempt(lambda: read_whole(scene.candidate, path, key))
    if fact is None:
        return None
    carried = ", ".join(f"{each.library} {each.version}" for each in fact.value.versions[:_SHOWN_VERSIONS])
    measured: dict[str, Scalar] = {
        "format": str(fact.value.format),
        "opcodes": fact.value.opcodes,
        "arrays": fact.value.arrays,
        "carries": carried or "no library version",
    }
    scene.inquiry.evidence.append(scene.candidate.evidence(path, fact, measured))
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
        lines = [f"{path} was saved by {name} {saved}; {place(lock, row)} pins {pinned}"]
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
