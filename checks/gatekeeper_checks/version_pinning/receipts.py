"""What `version-pinning` makes of an integration receipt: asked for when versions change, and worked out again."""

from __future__ import annotations

import posixpath

from gatekeeper.candidate import Fact
from gatekeeper.environment.comparison.compare import Projected, compare_projected
from gatekeeper.environment.facts import Row
from gatekeeper.environment.receipt.junit import Report, read_junit
from gatekeeper.environment.receipt.required import RequiredTests, read_required
from gatekeeper.environment.receipt.statement import Named, Receipt, read_receipt
from gatekeeper.environment.receipt.tests_tree import tree_digest
from gatekeeper.environment.target import Target
from gatekeeper.errors import Unreadable
from gatekeeper.model import Evidence, Finding, Location, Scalar
from gatekeeper.policy import is_digest
from gatekeeper_checks._locks import TargetLock, read_target_lock
from gatekeeper_checks.version_pinning import receipt_rules as rules
from gatekeeper_checks.version_pinning.scene import Scene
from gatekeeper_checks.version_pinning.verification import Recomputed, judge_receipt, record_command

_APPROVED = "environment.approved"
_SHOWN = 8


def judge_change(scene: Scene) -> None:
    """Ask for a receipt if production installs something else than was approved.

    Where nothing is declared as approved, as at a first release, none is asked for; one that is declared is judged.
    """
    environment, lock = scene.candidate.policy.environment, scene.production
    if lock is None or (environment.approved is None and environment.receipt is None):
        return
    now = lock.environment_hash(scene.target)
    if environment.approved is not None and _is_approved(scene, lock, environment.approved, now):
        return
    if environment.receipt is not None:
        scene.inquiry.findings += verify(scene, environment.receipt, "environment.receipt") or ()
    elif environment.approved is not None:
        scene.inquiry.findings.append(_missing(scene, lock, environment.approved, now))


def _is_approved(scene: Scene, lock: TargetLock, approved: str, now: str) -> bool:
    """Return whether production installs what was approved; a lock that can't be read is noted, and proves nothing."""
    if is_digest(approved):
        was, same = approved, approved == now
    else:
        before = read_target_lock(scene.candidate, scene.inquiry, _APPROVED, approved, scene.target)
        if before is None:
            return False
        was, same = before.environment_hash(scene.target), _is_same(before, lock, scene.target)
    changed = "unchanged: no receipt is asked for" if same else "changed: a receipt is asked for"
    what = f"environment that was approved, on {scene.target}"
    evidence = Evidence(what=what, sha256=was.removeprefix("sha256:"), measured={"production": changed})
    scene.inquiry.evidence.append(evidence)
    return same


def _is_same(before: TargetLock, after: TargetLock, target: Target) -> bool:
    """Return whether both install the same; what says what is installed is held against the lock as far as it says."""
    if before.lock.format.is_inventory or after.lock.format.is_inventory:
        approved, production = (Projected(lock=each.lock, rows=each.rows) for each in (before, after))
        return not compare_projected(approved, production, target).differences
    return before.environment_hash(target) == after.environment_hash(target)


def _missing(scene: Scene, lock: TargetLock, approved: str, now: str) -> Finding:
    return rules.ReceiptMissing.finding(
        f"the integration suite was not run again for the environment {now};\n{_changes(scene, lock, approved)}",
        fix=f"{record_command(scene.candidate)}, then declare it: receipt: receipt.json",
        at=scene.candidate.at(_APPROVED),
    )


def _changes(scene: Scene, lock: TargetLock, approved: str) -> str:
    if is_digest(approved):
        return f"approved was {approved}; name the approved lock instead and the packages that changed are told"
    before = read_target_lock(scene.candidate, type(scene.inquiry)(), _APPROVED, approved, scene.target)
    was, is_now = _versions(before.rows if before else ()), _versions(lock.rows)
    changed = [
        f"{name} {was.get(name, 'absent')} -> {is_now.get(name, 'absent')}"
        for name in sorted(was.keys() | is_now.keys())
        if was.get(name) != is_now.get(name)
    ]
    more = [f"and {len(changed) - _SHOWN} more"] if len(changed) > _SHOWN else []
    told = ", ".join(changed[:_SHOWN] + more)
    return f"changed: {told}" if told else "changed: no version, but the files, sources or options that are allowed"


def _versions(rows: tuple[Row, ...]) -> dict[str, str]:
    return {row.name or row.written: row.version or row.specifier or row.url or "any version" for row in rows}


def verify(scene: Scene, path: str, key: str) -> list[Finding] | None:
    """Return what speaks against a receipt; None if it, or what it names, can't be read: then that is noted."""
    lock = scene.production
    read = scene.inquiry.attempt(lambda: scene.candidate.fact(path, read_receipt, Receipt, key=key))
    if lock is None or read is None:
        return None
    recomputed = scene.inquiry.attempt(lambda: _recomputed(scene, lock, read, path, key))
    if recomputed is None:
        return None
    measured: dict[str, Scalar] = {
        "tests passed": len(read.value.passed_tests),
        "environment": read.value.environment,
    }
    scene.inquiry.evidence.append(scene.candidate.evidence(path, read, measured))
    return list(judge_receipt(recomputed))


def _recomputed(scene: Scene, lock: TargetLock, read: Fact[Receipt], path: str, key: str) -> Recomputed:
    """Return what the receipt claims beside what is true now.

    Raises:
        Unreadable: A file that the receipt or the policy names can't be read.
    """
    candidate, receipt = scene.candidate, read.value
    integration = candidate.policy.environment.integration
    required_path = integration.required if integration else None
    required = None
    if required_path is not None:
        required = candidate.fact(required_path, read_required, RequiredTests, key="environment.integration.required")
        scene.inquiry.evidence.append(candidate.evidence(required_path, required))
    report = candidate.fact(receipt.junit.path, read_junit, Report, key=key)
    scene.inquiry.evidence.append(candidate.evidence(receipt.junit.path, report, {"tests": len(report.value.cases)}))
    return Recomputed(
        at=Location(path=path),
        candidate=candidate,
        receipt=receipt,
        lock=lock,
        target=scene.target,
        environment=lock.environment_hash(scene.target),
        artifacts={
            posixpath.normpath(each): candidate.digest(each, key=f"artifacts[{index}]").sha256
            for index, each in enumerate(candidate.policy.artifacts)
        },
        report=report.value,
        report_sha256=report.sha256,
        required=required.value if required else None,
        required_file=_named(required_path, required.sha256) if required_path and required else None,
        tests=_tests(scene, receipt),
    )


def _named(path: str, digest: str) -> Named:
    """Return a path of the policy as a receipt names it."""
    return Named(path=posixpath.normpath(path), sha256=digest)


def _tests(scene: Scene, receipt: Receipt) -> Named | None:
    """Return the tests that are there now: those of the policy, else those that the receipt says it was recorded of."""
    integration = scene.candidate.policy.environment.integration
    path, key = integration.tests if integration else None, "environment.integration.tests"
    if path is None and receipt.tests is not None:
        path, key = receipt.tests.path, "environment.receipt"
    if path is None:
        return None
    at, root = scene.candidate.at(key), scene.candidate.root.resolve()
    if not (root / path).resolve().is_relative_to(root):
        raise Unreadable(f"{path} leaves the candidate's folder", fix="name tests below it, and record it again", at=at)
    try:
        return _named(path, tree_digest(root / path))
    except Unreadable as error:
        raise Unreadable(f"{path}: {error.what}", fix=error.fix, at=at) from error
