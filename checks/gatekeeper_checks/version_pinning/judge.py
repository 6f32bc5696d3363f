"""What `version-pinning` looks at: the locks, the artifacts, the Dockerfile, the holds, the integration receipt."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.candidate import Candidate
from gatekeeper.errors import BrokenPin
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Examined, Finding, Location, Unable
from gatekeeper_checks._locks import TargetLock, lock_path, read_target_lock, target_of
from gatekeeper_checks.version_pinning import artifacts, dockerfiles, holds, locks, receipts, rules
from gatekeeper_checks.version_pinning.scene import Scene


def judge(candidate: Candidate) -> Examined | Unable:
    """Return what was read, and every broken pin."""
    scene = _scene(candidate)
    for lock in scene.locks:
        scene.inquiry.findings += locks.judge_lock(lock, required=candidate.policy.environment.require)
    artifacts.judge_artifacts(scene)
    dockerfiles.judge_dockerfile(scene)
    holds.judge_holds(scene)
    receipts.judge_change(scene)
    return scene.inquiry.conclude()


def _scene(candidate: Candidate) -> Scene:
    """Return the declared locks, training's first; the same file twice is one lock."""
    inquiry, target, environment = Inquiry(), target_of(candidate), candidate.policy.environment
    production = lock_path(environment.production)
    named = {environment.training: "environment.training", production: "environment.production"}
    named.pop(None, None)
    if not named:
        finding = rules.NoLock.finding(
            "neither `environment.training` nor `environment.production` names a lock file",
            fix="pip-compile --generate-hashes requirements.in -o production.lock, then declare it",
            at=candidate.at("environment"),
        )
        inquiry.findings.append(finding)
    read = (
        read_target_lock(candidate, inquiry, role, path, target, broken=_malformed)
        for path, role in named.items()
        if path
    )
    found = tuple(lock for lock in read if lock is not None)
    if len(found) == len(named):  # a lock that can't be read is one all the same
        inquiry.findings += _inventories_alone(found, environment.require)
    return Scene(
        candidate=candidate,
        inquiry=inquiry,
        target=target,
        locks=found,
        production=next((lock for lock in found if lock.path == production), None),
    )


def _malformed(error: BrokenPin) -> Finding:
    return rules.Malformed.finding(error.what, fix=error.fix, at=error.at or Location(path="."))


def _inventories_alone(found: tuple[TargetLock, ...], required: str | None) -> Iterator[Finding]:
    """Yield a finding if all that was read says what is installed: nothing of it pins the next installation."""
    if found and not any(locks.pins_hashes(lock, required) for lock in found):
        shown = " and ".join(f"{lock.path} ({lock.lock.format})" for lock in found)
        yield rules.NoLock.finding(
            f"got {shown}: what is installed, expected a lock on at least one side",
            fix="pip-compile --generate-hashes requirements.in -o training.lock, then declare it",
            at=Location(path=found[0].path),
        )
