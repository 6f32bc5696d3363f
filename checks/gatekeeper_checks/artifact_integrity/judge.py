"""What `artifact-integrity` looks at: each model file whole, and what vouches for it."""

from __future__ import annotations

from gatekeeper.artifact import Artifact
from gatekeeper.artifact.known.approved import read_approved
from gatekeeper.candidate import Candidate, Fact
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Examined, Finding, Location, Obstacle, Scalar, Unable
from gatekeeper_checks._artifacts import examined
from gatekeeper_checks._locks import TargetLock, lock_path, read_target_lock, target_of
from gatekeeper_checks.artifact_integrity import content_rules
from gatekeeper_checks.artifact_integrity.allowed import Allowed
from gatekeeper_checks.artifact_integrity.containers import judge_parts
from gatekeeper_checks.artifact_integrity.content import judge_content
from gatekeeper_checks.artifact_integrity.provenance import judge_provenance
from gatekeeper_checks.artifact_integrity.scene import Scene


def judge(candidate: Candidate) -> Examined | Unable:
    """Return what was read, and everything that is against it."""
    inquiry = Inquiry()
    policy = candidate.policy
    if not policy.artifacts:
        inquiry.findings.append(_no_artifact(candidate))
        return inquiry.conclude()
    production = _production(candidate, inquiry)
    scene = Scene(candidate=candidate, inquiry=inquiry, production=production, artifacts=_read(candidate, inquiry))
    allowed = inquiry.attempt(lambda: _allowed(scene))
    for path, fact in scene.artifacts.items():
        if allowed is not None:
            inquiry.findings += judge_content(fact.value, path, allowed, policy.artifact.nonfinite)
        inquiry.findings += judge_parts(fact.value, path, policy.artifacts)
    inquiry.findings += judge_provenance(scene)
    if policy.environment.wheels is not None or candidate.python is not None:
        # What reads sources is imported only where there are some.
        from gatekeeper_checks.artifact_integrity.prospects import judge_prospects  # noqa: PLC0415 - see above

        inquiry.findings += judge_prospects(scene)
    return inquiry.conclude()


def _no_artifact(candidate: Candidate) -> Finding:
    return content_rules.NoArtifact.finding(
        "`artifacts` names no file, expected the model", fix="artifacts: [model.joblib]", at=candidate.at("artifacts")
    )


def _production(candidate: Candidate, inquiry: Inquiry) -> TargetLock | None:
    """Return production's lock, or None; `version-pinning` says what is wrong with one that can't be read."""
    path = lock_path(candidate.policy.environment.production)
    if path is None:
        return None
    return read_target_lock(candidate, inquiry, "environment.production", path, target_of(candidate))


def _read(candidate: Candidate, inquiry: Inquiry) -> dict[str, Fact[Artifact]]:
    """Read the artifacts, two at a time: hashing, inflating and counting let other threads run."""
    paths = candidate.policy.artifacts

    def read(index: int) -> Fact[Artifact]:
        return examined(candidate, paths[index], f"artifacts[{index}]")

    if len(paths) == 1:
        facts = {paths[0]: inquiry.attempt(lambda: read(0))}
    else:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - most candidates have one artifact

        with ThreadPoolExecutor(max_workers=2) as pool:
            coming = [pool.submit(read, index) for index in range(len(paths))]
        # What could not be read is noted in the order of the policy, whichever thread was first.
        facts = {path: inquiry.attempt(each.result) for path, each in zip(paths, coming, strict=True)}
    found = {path: fact for path, fact in facts.items() if fact is not None}
    for path, fact in found.items():
        inquiry.evidence.append(candidate.evidence(path, fact, _measured(fact.value)))
        if fact.value.incomplete is not None:
            what, fix = f"{path}: {fact.value.incomplete.what}", fact.value.incomplete.fix
            inquiry.obstacles.append(Obstacle(what=what, fix=fix, at=Location(path=path)))
    return found


def _measured(artifact: Artifact) -> dict[str, Scalar]:
    numbers = sum(each.count for tensor in artifact.tensors for each in tensor.statistics)
    return {
        "format": f"{artifact.format} in {artifact.compression}" if artifact.compression else str(artifact.format),
        "globals": len(artifact.globals),
        "tensors": len(artifact.tensors),
        "numbers": numbers,
    }


def _allowed(scene: Scene) -> Allowed:
    """Return what the files may name.

    Raises:
        Unreadable: the approved list can't be read.
    """
    path = scene.candidate.policy.artifact.globals
    pins = {row.name: row.version or "" for row in scene.production.rows} if scene.production is not None else None
    if path is None:
        lock = scene.production
        return Allowed(pinned=pins, lock_path=lock.path if lock is not None else "the lock")
    fact = scene.candidate.fact(path, read_approved, frozenset[tuple[str, str]], key="artifact.globals")
    scene.inquiry.evidence.append(scene.candidate.evidence(path, fact, {"approved globals": len(fact.value)}))
    return Allowed(approved=fact.value, list_path=path)
