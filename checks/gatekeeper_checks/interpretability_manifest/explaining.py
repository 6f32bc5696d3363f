"""Explanations, held against their digests, their data and the model itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatekeeper.candidate import Fact
from gatekeeper.contract.explanations.facts import Explanation as Document
from gatekeeper.contract.explanations.facts import Row, read
from gatekeeper.contract.explanations.verification import lies
from gatekeeper.contract.manifest.facts import Explanation, Output
from gatekeeper.contract.probing.search import number
from gatekeeper.contract.probing.space import Record
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Evidence, Finding, Scalar
from gatekeeper_checks.interpretability_manifest.asking import Model
from gatekeeper_checks.interpretability_manifest.domains import listed
from gatekeeper_checks.interpretability_manifest.evidence_rules import (
    ExplanationOfAnother,
    ExplanationWrong,
    NoExplanation,
)
from gatekeeper_checks.interpretability_manifest.subject import Subject


@dataclass(frozen=True, slots=True)
class Declared:
    """An explanation that the manifest declares, its key there, and what was read of it."""

    explanation: Explanation
    key: str
    fact: Fact[Document]


def declared(subject: Subject, inquiry: Inquiry) -> list[Declared]:
    """Return the explanations that could be read; what is against them without asking the model is noted."""
    if not subject.manifest.explanations:
        inquiry.findings.append(
            NoExplanation.finding(
                "no explanation is declared",
                fix="gatekeeper manifest explain CANDIDATE --method shap --data FILE -o shap.json, then name it here",
                at=subject.at("explanations"),
            )
        )
    found = []
    for place, each in enumerate(subject.manifest.explanations):
        key = f"explanations[{place}]"
        fact = inquiry.attempt(lambda each=each: subject.candidate.fact(each.path, read, Document, key="manifest"))  # type: ignore[misc]
        if fact is not None:
            found.append(Declared(each, key, fact))
            inquiry.findings += _bound(subject, each, fact, key)
            inquiry.evidence.append(
                Evidence(
                    what=each.path, sha256=fact.sha256, measured={"bytes": fact.size, "rows": len(fact.value.rows)}
                )
            )
    return found


def explained(
    subject: Subject, model: Model, explanations: Sequence[Declared], measured: dict[str, Scalar]
) -> Iterator[Finding]:
    """Yield what the model does not bear out, worked out again; how each came out is put into `measured`.

    Raises:
        ModelGone: the model hung or died.
    """
    for each in explanations:
        wrong = list(_wrong(subject, model, each.explanation, each.fact.value, each.key))
        shown = "not borne out by the model" if wrong else _shown(subject, each.fact.value)
        measured[f"{each.explanation.path} ({each.explanation.method})"] = shown
        yield from wrong


def _shown(subject: Subject, document: Document) -> str:
    output = subject.manifest.outputs.get(document.output)
    if output is None or document.features != tuple(subject.manifest.inputs):
        return "NOT SHOWN: it is of other inputs or of no output"
    if output.type != "number":
        return f"NOT SHOWN: {document.output} is a class, and an explanation adds up to a number"
    return f"worked out again on {len(document.rows):,} rows"


def _bound(subject: Subject, each: Explanation, fact: Fact[Document], key: str) -> Iterator[Finding]:
    document = fact.value
    data = {subject.baseline.data.sha256} if subject.baseline else set()
    names = tuple(subject.manifest.inputs)
    told = {
        "sha256": (f"sha256:{fact.sha256}", each.sha256, "the manifest was reviewed with another file"),
        "method": (document.method, each.method, "the file was made by another method"),
        "features": (listed(document.features), listed(names), "the file has other inputs"),
        "output": (document.output, " or ".join(subject.manifest.outputs), "the file is of no output"),
    }
    if len(subject.artifacts) == len(subject.candidate.policy.artifacts):
        told["artifact"] = (document.artifact, _digests(subject), "the file is of another model")
    if data:
        told["data"] = (document.source.sha256, " or ".join(sorted(data)), "the rows are of other data")
    for what, (got, expected, why) in told.items():
        if got not in expected.split(" or ") and got != expected:
            yield ExplanationOfAnother.finding(
                f"{each.path}: {what}: got {got}, expected {expected}: {why}",
                fix="make it again for this artifact: gatekeeper manifest explain",
                at=subject.at(f"{key}.{what}"),
            )


def _digests(subject: Subject) -> str:
    return " or ".join(f"sha256:{fact.sha256}" for fact in subject.artifacts.values())


def _wrong(subject: Subject, model: Model, each: Explanation, document: Document, key: str) -> Iterator[Finding]:
    """Yield what the model does not bear out."""
    output = subject.manifest.outputs.get(document.output)
    if output is None or output.type != "number" or document.features != tuple(subject.manifest.inputs):
        return
    told = list(lies(document, lambda rows: _values(model, output, document, rows)))
    if each.min_fidelity is not None and not (document.fidelity or 0.0) >= each.min_fidelity:
        told.append(f"its fidelity is {document.fidelity}, the manifest promises at least {each.min_fidelity:g}")
    for what in told:
        yield ExplanationWrong.finding(
            f"{each.path}: {what}",
            fix="make it again for this artifact: gatekeeper manifest explain",
            at=subject.at(key),
        )


def _values(model: Model, output: Output, document: Document, rows: Sequence[Row]) -> list[float]:
    records: list[Record] = [dict(zip(document.features, row, strict=True)) for row in rows]
    return [_linked(number(answer), document.link) for answer in model.ask(records, output)]


def _linked(value: float, link: str) -> float:
    """Return an answer on the scale on which an explanation adds up; NaN where it has no place there."""
    if link == "identity":
        return value
    if link == "log":
        return math.log(value) if value > 0 else math.nan
    return math.log(value / (1 - value)) if 0 < value < 1 else math.nan
