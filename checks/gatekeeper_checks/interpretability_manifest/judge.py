"""What `interpretability-manifest` looks at: the manifest, what it is held against, and the model that it is of."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.candidate import Candidate
from gatekeeper.contract.manifest.document import Reading, read
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Evidence, Examined, Finding, Location, Scalar, Unable
from gatekeeper_checks.interpretability_manifest import InterpretabilityManifest
from gatekeeper_checks.interpretability_manifest.binding import binding
from gatekeeper_checks.interpretability_manifest.binding_rules import NotDeclared, NotValid
from gatekeeper_checks.interpretability_manifest.domains import domains
from gatekeeper_checks.interpretability_manifest.explaining import declared
from gatekeeper_checks.interpretability_manifest.generated import generated
from gatekeeper_checks.interpretability_manifest.ranges import ranges
from gatekeeper_checks.interpretability_manifest.subject import gather
from gatekeeper_checks.interpretability_manifest.switches import switches
from gatekeeper_checks.interpretability_manifest.trial import tried

_ERRORS = 50


def judge(candidate: Candidate, check: InterpretabilityManifest) -> Examined | Unable:
    """Return what the manifest says and the model does, and everything that is against it."""
    inquiry = Inquiry()
    path = candidate.policy.manifest
    if path is None:
        inquiry.findings.append(_not_declared(candidate))
        inquiry.evidence.append(Evidence(what="the policy", measured={"manifest": "not declared"}))
        return inquiry.conclude()
    fact = inquiry.attempt(lambda: candidate.fact(path, read, Reading, key="manifest"))
    if fact is None:
        return inquiry.conclude()
    manifest = fact.value.manifest
    if manifest is None:
        inquiry.findings += _errors(fact.value, path)
        inquiry.evidence.append(candidate.evidence(path, fact))
        return inquiry.conclude()
    measured: dict[str, Scalar] = {}
    subject = gather(candidate, inquiry, path, fact, manifest)
    inquiry.findings += [*binding(subject, check, inquiry), *domains(subject), *ranges(subject)]
    explanations = declared(subject, inquiry)
    inquiry.findings += generated(subject, inquiry)
    inquiry.findings += switches(subject, measured)
    tried(subject, check, inquiry, explanations, measured)
    counted = {"outputs": len(manifest.outputs), "inputs": len(manifest.inputs)}
    shown = [Evidence(what=what, measured={"shown": each}) for what, each in measured.items()]
    inquiry.evidence[:0] = [candidate.evidence(path, fact, counted), *shown]
    return inquiry.conclude()


def _not_declared(candidate: Candidate) -> Finding:
    return NotDeclared.finding(
        "`manifest` is not declared: nobody says what may go into the model and what may come out",
        fix="gatekeeper manifest draft CANDIDATE -o manifest.yaml; decide what is open; add: manifest: manifest.yaml",
        at=candidate.at("manifest"),
    )


def _errors(reading: Reading, path: str) -> Iterator[Finding]:
    for place, each in enumerate(reading.errors[:_ERRORS], start=1):
        more = f" (and {len(reading.errors) - _ERRORS} more)" if place == _ERRORS < len(reading.errors) else ""
        at = Location(path=path, line=each.line, column=each.column, key=each.key)
        yield NotValid.finding(each.what + more, fix=each.fix, at=at)
