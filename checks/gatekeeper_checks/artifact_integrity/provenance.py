"""Who vouches for the artifacts: the training record, the signature, and what the file shows of its origin."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from packaging.version import InvalidVersion, Version

from gatekeeper.artifact.facts import Artifact, Bound
from gatekeeper.artifact.provenance.comparison import Kind, Mismatch, against_bundle, against_record
from gatekeeper.artifact.provenance.names import beside
from gatekeeper.artifact.provenance.record import Record, read_record
from gatekeeper.candidate import Fact
from gatekeeper.environment.distributions import distribution_of
from gatekeeper.environment.facts import Row
from gatekeeper.model import Finding, Location, Scalar
from gatekeeper_checks.artifact_integrity import provenance_rules as rules
from gatekeeper_checks.artifact_integrity.scene import Scene
from gatekeeper_checks.artifact_integrity.wording import place

_PYTHON = "python"


def judge_provenance(scene: Scene) -> Iterator[Finding]:
    """Yield where nobody vouches for an artifact, or what vouches for it says something else."""
    policy = scene.candidate.policy
    record = _record(scene)
    if record is not None:
        yield from _against_record(scene, record)
    elif policy.artifact.record is None:
        yield from _unrecorded(scene)
    if policy.artifact.bundle is not None:
        yield from _against_bundle(scene, policy.artifact.bundle)
    for path, fact in scene.artifacts.items():
        yield from _bounds(scene, path, fact.value, record)


def _record(scene: Scene) -> Record | None:
    path = scene.candidate.policy.artifact.record
    if path is None:
        return None
    fact = scene.inquiry.attempt(lambda: scene.candidate.fact(path, read_record, Record, key="artifact.record"))
    if fact is None:
        return None
    commit = fact.value.git.commit if fact.value.git is not None else "no commit"
    measured: dict[str, Scalar] = {
        "files": len(fact.value.files),
        "packages": len(fact.value.packages),
        "commit": commit,
    }
    scene.inquiry.evidence.append(scene.candidate.evidence(path, fact, measured))
    return fact.value


def _unrecorded(scene: Scene) -> Iterator[Finding]:
    paths = " ".join(scene.candidate.policy.artifacts)
    yield rules.Unrecorded.finding(
        f"no training record vouches for {paths}: `artifact.record` is not declared",
        fix=f"in the training job: gatekeeper artifact record {paths} -o record.json; then declare artifact.record",
        at=scene.candidate.at("artifact"),
    )


def _against_record(scene: Scene, record: Record) -> Iterator[Finding]:
    beside_path = scene.candidate.policy.artifact.record or ""
    for path, fact in scene.artifacts.items():
        # The digest says it all; that the size differs too is told only where the digest does not.
        for mismatch in against_record(record, beside(beside_path, path), fact.sha256, fact.size)[:1]:
            yield _differs(path, beside_path, mismatch)
        yield from _versions(scene, path, fact, record, beside_path)


def _differs(path: str, record: str, mismatch: Mismatch) -> Finding:
    if mismatch.kind is Kind.NOT_RECORDED:
        return rules.Unrecorded.finding(
            f"{record} does not list {path}",
            fix=f"in the training job: gatekeeper artifact record {path} -o {record}",
            at=Location(path=path),
        )
    return rules.RecordDiffers.finding(
        f"{path} is not the file that {record} lists: got {mismatch.got}, expected {mismatch.expected}",
        fix="take the file that the training run published, or record the new one in the training job",
        at=Location(path=path),
    )


def _versions(scene: Scene, path: str, fact: Fact[Artifact], record: Record, name: str) -> Iterator[Finding]:
    """Yield where the record, the file and production's lock name different versions of a library of the file."""
    pins = _pins(scene)
    for library in sorted({found for each in fact.value.globals if (found := distribution_of(each.module))}):
        recorded = record.packages.get(library)
        at = Location(path=path, key=library)
        if recorded is None:
            yield rules.TrainedWith.finding(
                f"{path} needs {library}, and {name} does not say which version trained it",
                fix=f"record it in the training interpreter: gatekeeper artifact record {path} --python PATH -o {name}",
                at=at,
            )
            continue
        for carried in fact.value.versions:
            if carried.library == library and not _same(carried.version, recorded):
                yield rules.TrainedWith.finding(
                    f"{path} was saved by {library} {carried.version}; {name} says {recorded}",
                    fix="record the file in the interpreter that trained it",
                    at=at,
                )
        row = pins.get(library)
        if any(carried.library == library for carried in fact.value.versions):
            continue  # `version-pinning` holds what the file itself carries against the lock
        if row is not None and row.version is not None and not _same(row.version, recorded):
            yield rules.TrainedWith.finding(
                f"{path} was trained with {library} {recorded}, as {name} says; production pins {row.version}",
                fix=f"pin {library}=={recorded} in production, or train again with {library}=={row.version}",
                at=at,
            )


def _bounds(scene: Scene, path: str, artifact: Artifact, record: Record | None) -> Iterator[Finding]:
    """Yield where production's version, or the recorded one, can't have written what is in the file."""
    pins = _pins(scene)
    for bound in artifact.bounds:
        if bound.library == _PYTHON:
            continue  # every Python that a target can name reads them
        row = pins.get(bound.library)
        pinned = row.version if row is not None else None
        recorded = record.packages.get(bound.library) if record is not None else None
        for who, version in (("production pins", pinned), ("the training record says", recorded)):
            if version is not None and not _admits(bound, version):
                yield rules.WrittenBy.finding(
                    f"{path} was written by {bound.library}{bound.specifier}, since it {bound.reason} "
                    f"{place(bound.offset, bound.member)}; {who} {version}",
                    fix=f"use a version of {bound.library} that is {bound.specifier}, or save the model again",
                    at=Location(path=path, key=bound.library),
                )


def _against_bundle(scene: Scene, name: str) -> Iterator[Finding]:
    # Few candidates have one.
    from gatekeeper.artifact.provenance.bundle import Bundle, read_bundle  # noqa: PLC0415 - see above

    read = scene.inquiry.attempt(lambda: scene.candidate.fact(name, read_bundle, Bundle, key="artifact.bundle"))
    if read is None:
        return
    measured: dict[str, Scalar] = {
        "files": len(read.value.files),
        "signature": "not verified",
        "signer": read.value.signer,
    }
    scene.inquiry.evidence.append(scene.candidate.evidence(name, read, measured))
    for path, fact in scene.artifacts.items():
        compare = partial(against_bundle, read.value, beside(name, path), fact.sha256, fact.size)
        mismatches = scene.inquiry.attempt(compare)
        for mismatch in mismatches or ():
            missing = mismatch.kind is Kind.NOT_RECORDED
            said = "does not list it" if missing else f"has {mismatch.expected}, got {mismatch.got}"
            yield rules.BundleDiffers.finding(
                f"{path} is not what was signed: {name} {said}",
                fix="sign the files that are released: model_signing sign",
                at=Location(path=path),
            )


def _pins(scene: Scene) -> dict[str, Row]:
    return {row.name: row for row in reversed(scene.production.rows)} if scene.production is not None else {}


def _same(first: str, second: str) -> bool:
    try:
        return Version(first) == Version(second)
    except InvalidVersion:
        return first == second


def _admits(bound: Bound, version: str) -> bool:
    # It costs as much to import as the rest of this check, and few files show a bound.
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - see above

    try:
        return SpecifierSet(bound.specifier).contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False
