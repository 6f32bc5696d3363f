"""What `candidate-declaration` makes of the folder's survey and the policy."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.candidate import Candidate
from gatekeeper.discovery import Survey, survey
from gatekeeper.model import Evidence, Examined, Finding, Location, Severity
from gatekeeper.policy import FILE_NAME
from gatekeeper.words import suggestion
from gatekeeper_checks.candidate_declaration import rules


def judge(candidate: Candidate) -> Examined:
    """Return the evidence of the listing, and a finding for each thing that is missing, surplus or not examined."""
    found = survey(candidate.root)
    measured = {"files": len(found.files), "models": len(found.of_kind("model")), "locks": len(found.of_kind("lock"))}
    evidence = Evidence(what="the folder's listing", sha256=found.sha256, measured=measured)
    findings = (*_missing(candidate), *_surplus(candidate, found), *_unexamined(candidate))
    return Examined(evidence=(evidence,), findings=findings)


def _missing(candidate: Candidate) -> Iterator[Finding]:
    if candidate.declaration.path is None:
        yield rules.NoPolicy.finding(
            f"there is no {FILE_NAME}; this run judged what the folder seems to hold:\n{_guess(candidate)}",
            fix=_policy_fix(candidate),
            at=Location(path="."),
        )
    elif not candidate.policy.artifacts:
        yield rules.NoArtifact.finding(
            "`artifacts` names no model file, expected at least one",
            fix="add: artifacts: [model.joblib]",
            at=candidate.at("artifacts"),
        )


def _policy_fix(candidate: Candidate) -> str:
    """Return the fix: a file whose name is almost right is renamed, not written anew."""
    meant = suggestion(FILE_NAME, (path.name for path in candidate.root.iterdir() if path.suffix in {".yaml", ".yml"}))
    return f"rename {meant} to {FILE_NAME}" if meant else "write one from it: gatekeeper init"


def _guess(candidate: Candidate) -> str:
    """Return the checklist: each part that a candidate has, ticked where the folder seems to hold it."""
    policy = candidate.policy
    environment = policy.environment
    boxes = {
        "model artifact": ", ".join(policy.artifacts),
        "training lock": environment.training,
        "production lock": environment.production,
        "target platform": environment.target,
        "serving code": ", ".join(policy.code.paths),
        "interpretability manifest": policy.manifest,
        "training baseline": policy.baseline,
        "golden records": policy.golden,
    }
    return "\n".join(
        f"[{'x' if value else ' '}] {name}{f': {value}' if value else ''}" for name, value in boxes.items()
    )


def _surplus(candidate: Candidate, found: Survey) -> Iterator[Finding]:
    policy = candidate.policy
    declared = {path.removeprefix("./") for path in policy.artifacts}
    data = tuple(f"{path.rstrip('/')}/" for path in (policy.golden, policy.baseline) if path)
    for each in found.of_kind("model"):
        if each.path not in declared and not f"{each.path}/".startswith(data):
            yield rules.UndeclaredArtifact.finding(
                f"{each.path} is a model file ({each.format}); {FILE_NAME} does not name it",
                fix=f"add {each.path} to `artifacts`, or take the file out of the candidate",
                at=Location(path=each.path),
            )
    for path in found.stray_links:
        yield rules.StrayLink.finding(
            f"{path} is a symbolic link that leaves the folder or leads nowhere",
            fix="replace it by a copy of the file, or remove it",
            at=Location(path=path),
        )


def _unexamined(candidate: Candidate) -> Iterator[Finding]:
    strict = candidate.profile.strict
    for key in candidate.unexamined:
        yield rules.NotExamined.finding(
            f"`{key}` is declared; no check of profile {candidate.profile.name} reads it",
            fix="add a check that reads it, or take the key out: a green run says nothing about it",
            at=candidate.at(key),
            severity=Severity.ERROR if strict else None,
        )
