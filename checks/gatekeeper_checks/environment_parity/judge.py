"""What `environment-parity` looks at: the two locks, or one lock and the digest of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper.candidate import Candidate
from gatekeeper.environment.compare import SERIALISATION_SENSITIVE, Difference, Kind, compare
from gatekeeper.environment.identity import environment_hash
from gatekeeper.environment.target import Target
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Evidence, Examined, Finding, Location, Unable
from gatekeeper_checks._locks import TargetLock, lock_path, read_target_lock, target_of
from gatekeeper_checks.environment_parity import rules
from gatekeeper_checks.environment_parity.wording import LockPair


def judge(candidate: Candidate, *, training_only: Sequence[str], production_only: Sequence[str]) -> Examined | Unable:
    """Return what was compared and how it differs."""
    inquiry, target, environment = Inquiry(), target_of(candidate), candidate.policy.environment
    for key, value in (("training", environment.training), ("production", environment.production)):
        if value is None:
            inquiry.findings.append(_not_declared(candidate, key))
    training = _read(candidate, inquiry, "environment.training", environment.training, target)
    production = _read(candidate, inquiry, "environment.production", lock_path(environment.production), target)
    if training is not None and production is not None:
        allowed = _Allowed(frozenset(training_only), frozenset(production_only))
        pair = LockPair(training=training, production=production, strict=candidate.profile.strict)
        found = compare(training.lock, production.lock, target)
        inquiry.findings += [pair.finding(each) for each in found if not allowed.allows(each)]
    if training is not None and environment.production is not None and environment.production.startswith("sha256:"):
        _compare_hash(candidate, inquiry, training, target)
    return inquiry.conclude()


@dataclass(frozen=True, slots=True)
class _Allowed:
    """Packages that one side may have alone; never one whose objects end up in saved models."""

    training: frozenset[str]
    production: frozenset[str]

    def allows(self, difference: Difference) -> bool:
        allowed = {Kind.MISSING: self.training, Kind.EXTRA: self.production}.get(difference.kind, frozenset())
        return difference.name in allowed and difference.name not in SERIALISATION_SENSITIVE


def _not_declared(candidate: Candidate, key: str) -> Finding:
    return rules.NotDeclared.finding(
        f"`environment.{key}` is not declared, expected the lock of the {key} environment",
        fix=f"pip-compile --generate-hashes {key}.in -o {key}.lock, then add: {key}: {key}.lock",
        at=candidate.at(f"environment.{key}"),
    )


def _read(candidate: Candidate, inquiry: Inquiry, role: str, path: str | None, target: Target) -> TargetLock | None:
    """Return the lock; one that installs nothing is a finding, and there is nothing to compare."""
    read = read_target_lock(candidate, inquiry, role, path, target) if path else None
    if read is None or read.rows:
        return read
    inquiry.findings.append(
        rules.EmptyLock.finding(
            f"{path} installs nothing on {target}",
            fix="compile it again; check `environment.target` if every line has a marker",
            at=Location(path=read.path),
        )
    )
    return None


def _compare_hash(candidate: Candidate, inquiry: Inquiry, training: TargetLock, target: Target) -> None:
    declared = candidate.policy.environment.production
    measured = environment_hash(training.lock, target)
    what = f"environment hash of {training.path} on {target}"
    inquiry.evidence.append(Evidence(what=what, sha256=measured.removeprefix("sha256:")))
    if measured != declared:
        finding = rules.HashDiffers.finding(
            f"the training environment's hash on {target} is {measured}; production declares {declared}",
            fix="name production's lock instead of its digest and run again: then each difference has a name",
            at=candidate.at("environment.production"),
        )
        inquiry.findings.append(finding)
