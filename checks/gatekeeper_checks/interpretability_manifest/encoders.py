"""What the model's own encoders make of a category that they don't know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gatekeeper.contract.manifest.facts import Kind
from gatekeeper.model import Finding, Severity
from gatekeeper.replay.outcomes import Encoder, Loaded
from gatekeeper_checks.interpretability_manifest.domains import listed
from gatekeeper_checks.interpretability_manifest.input_rules import OtherVocabulary, UnknownBecomesNumber
from gatekeeper_checks.interpretability_manifest.subject import Subject

_SILENT: Final = {"ignore", "infrequent_if_exist", "warn"}
"""Ways in which a one-hot encoder says nothing of an unknown category: it becomes no category, or a rare one."""


def encoders(subject: Subject, loaded: Loaded) -> Iterator[Finding]:
    """Yield where an encoder answers for a category that it does not know, or knows others than the manifest."""
    names = loaded.feature_names_in or tuple(subject.manifest.inputs)
    for encoder in loaded.encoders:
        for column, categories in zip(encoder.columns or (), encoder.categories, strict=False):
            name = column if isinstance(column, str) else names[column] if column < len(names) else str(column)
            yield from _unknown(subject, encoder, name)
            yield from _vocabulary(subject, encoder, name, categories)


def _unknown(subject: Subject, encoder: Encoder, name: str) -> Iterator[Finding]:
    kind, at = encoder.kind.rpartition(".")[2], subject.at(f"inputs.{name}.unknown")
    where = f"{kind} ({encoder.path})" if encoder.path else kind
    if encoder.handle_unknown == "use_encoded_value":
        yield UnknownBecomesNumber.finding(
            f"{name}: {where} turns an unknown category into {encoder.unknown_value!r}, and the model answers to that; "
            "expected handle_unknown='error'",
            fix="fit it again with handle_unknown='error', and refuse what is unknown before the model",
            at=at,
        )
    elif encoder.handle_unknown in _SILENT:
        yield UnknownBecomesNumber.finding(
            f"{name}: {where} says nothing of an unknown category (handle_unknown={encoder.handle_unknown!r}), and the "
            "model answers to it",
            fix="see that the service refuses what is unknown, or replaces it, before the model",
            at=at,
            severity=Severity.NOTE,
        )


def _vocabulary(subject: Subject, encoder: Encoder, name: str, categories: tuple[Any, ...]) -> Iterator[Finding]:
    declared = subject.manifest.inputs.get(name)
    if declared is None or declared.of is not Kind.CATEGORY or not declared.vocabulary:
        return
    known = {str(each) for each in categories if each is not None and each == each}  # noqa: PLR0124 - NaN is no category
    more = sorted(set(declared.vocabulary) - known)
    missing = sorted(known - set(declared.vocabulary))
    if more or missing:
        parts = [f"the model does not know {listed(more)}" if more else ""]
        parts.append(f"the vocabulary has not {listed(missing)}" if missing else "")
        yield OtherVocabulary.finding(
            f"{name}: {' and '.join(part for part in parts if part)} ({encoder.kind.rpartition('.')[2]}.categories_)",
            fix="copy the categories from the model, or fit it on those of the manifest",
            at=subject.at(f"inputs.{name}.vocabulary"),
        )
