"""What `environment-parity` looks at: the two environments, or one of them and the digest of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper.candidate import Candidate
from gatekeeper.environment.comparison.compare import Comparison, Projected, compare_projected
from gatekeeper.environment.comparison.cuda import build_switch
from gatekeeper.environment.comparison.difference import Difference, Kind
from gatekeeper.environment.comparison.strength import strength
from gatekeeper.environment.comparison.tiers import suffices
from gatekeeper.environment.digests import digests
from gatekeeper.environment.distributions import distributions_of
from gatekeeper.environment.facts import Tier
from gatekeeper.environment.target import Target
from gatekeeper.errors import Unreadable
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Evidence, Examined, Finding, Location, Scalar, Unable
from gatekeeper_checks._artifacts import read_whole
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
        referred = _referred(candidate, inquiry)
        allowed = _Allowed(frozenset(training_only), frozenset(production_only))
        pair = LockPair(training=training, production=production, strict=candidate.profile.strict)
        _compare(candidate, inquiry, pair, allowed, compare_projected(_of(training), _of(production), target, referred))
    if training is not None and environment.production is not None and environment.production.startswith("sha256:"):
        _compare_hash(candidate, inquiry, training, target)
    return inquiry.conclude()


@dataclass(frozen=True, slots=True)
class _Allowed:
    """Packages that one side may have alone; never one that the model hangs on."""

    training: frozenset[str]
    production: frozenset[str]

    def allows(self, difference: Difference) -> bool:
        allowed = {Kind.MISSING: self.training, Kind.EXTRA: self.production}.get(difference.kind, frozenset())
        return difference.name in allowed and not difference.rank.endangers_the_model


def _compare(candidate: Candidate, inquiry: Inquiry, pair: LockPair, allowed: _Allowed, comparison: Comparison) -> None:
    """Note how strong the comparison was, what differs, and what can't be told."""
    by = strength(
        comparison, pair.training.lock, pair.production.lock, first=pair.training.path, second=pair.production.path
    )
    differing = [each for each in comparison.differing if not allowed.allows(each)]
    measured: dict[str, Scalar] = {"same": comparison.same, "differences": len(differing)}
    if comparison.ignored:
        measured["not compared"] = " ".join(comparison.ignored)
    inquiry.evidence.append(Evidence(what=f"{pair.training.path} and {pair.production.path}, {by}", measured=measured))
    switch = build_switch(differing)
    if switch is not None:
        inquiry.findings.append(pair.switched(switch))
    told = () if switch is None else (switch.torch, *switch.companions)
    inquiry.findings += [pair.finding(each) for each in differing if each not in told]
    unseen = [each for each in comparison.undecided if each.kind is Kind.UNSEEN]
    inquiry.obstacles += [pair.obstacle(each) for each in comparison.undecided if each not in unseen]
    inquiry.obstacles += [pair.unseen(unseen)] if unseen else []
    declared = candidate.policy.environment.require
    required = Tier(declared or ("hashes" if candidate.profile.strict else "versions"))
    if not suffices(comparison.tier, required):
        inquiry.findings.append(
            rules.WeakEvidence.finding(
                f"{by}; expected {required.value}",
                fix="give stronger evidence of both: locks with hashes, or a probe and `gatekeeper env lock`;\n"
                f"or say that less is enough: environment: {{require: {comparison.tier.value}}}",
                at=candidate.at("environment.require" if declared else "environment.production"),
            )
        )


def _of(lock: TargetLock) -> Projected:
    return Projected(lock=lock.lock, rows=lock.rows)


def _referred(candidate: Candidate, inquiry: Inquiry) -> frozenset[str]:
    """Return the packages that loading the artifacts would import from: differences in them weigh more."""
    modules: list[str] = []
    for index, path in enumerate(candidate.policy.artifacts):
        try:
            fact = read_whole(candidate, path, f"artifacts[{index}]")
        except Unreadable as error:
            # It only ranks: the differences are findings all the same. What else it means, other checks say.
            inquiry.evidence.append(Evidence(what=path, measured={"ranks nothing": error.what}))
        else:
            modules += [each.module for each in fact.value.globals]
    return distributions_of(modules)


def _not_declared(candidate: Candidate, key: str) -> Finding:
    return rules.NotDeclared.finding(
        f"`environment.{key}` is not declared, expected the lock of the {key} environment",
        fix=f"pip-compile --generate-hashes {key}.in -o {key}.lock, then add: {key}: {key}.lock",
        at=candidate.at(f"environment.{key}"),
    )


def _read(candidate: Candidate, inquiry: Inquiry, role: str, path: str | None, target: Target) -> TargetLock | None:
    """Return the lock and note its digests; one that installs nothing is a finding, and there is nothing to compare."""
    read = read_target_lock(candidate, inquiry, role, path, target) if path else None
    if read is None:
        return None
    if not read.rows:
        inquiry.findings.append(
            rules.EmptyLock.finding(
                f"{path} installs nothing on {target}",
                fix="compile it again; check `environment.target` if every line has a marker",
                at=Location(path=read.path),
            )
        )
        return None
    found = digests(read.lock, read.rows, target)
    named = {"target": found.target, "lock": found.lock, "runtime": found.runtime or "not measured"}
    inquiry.evidence.append(Evidence(what=f"digests of {path}", measured=named))
    return read


def _compare_hash(candidate: Candidate, inquiry: Inquiry, training: TargetLock, target: Target) -> None:
    declared = candidate.policy.environment.production
    measured = digests(training.lock, training.rows, target).target
    if measured != declared:
        finding = rules.HashDiffers.finding(
            f"the training environment's hash on {target} is {measured}; production declares {declared}",
            fix="name production's lock instead of its digest and run again: then each difference has a name",
            at=candidate.at("environment.production"),
        )
        inquiry.findings.append(finding)
