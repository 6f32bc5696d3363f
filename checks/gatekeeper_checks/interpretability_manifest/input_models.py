"""The input models of the endpoints, imported in the worker: what they really take, held against the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gatekeeper.errors import GatekeeperError
from gatekeeper.inference.validation import validate_paths
from gatekeeper.inference.validation.comparison import compare
from gatekeeper.inference.validation.schema import from_json_schema
from gatekeeper.model import Finding, Scalar
from gatekeeper.replay.outcomes import Refused
from gatekeeper.replay.worker import Worker
from gatekeeper_checks._expected_inputs import declared
from gatekeeper_checks.interpretability_manifest.input_rules import OtherInputs
from gatekeeper_checks.interpretability_manifest.subject import Subject

MOST: Final = 20
"""Input models that are imported."""


def input_models(subject: Subject, worker: Worker, measured: dict[str, Scalar]) -> Iterator[Finding]:
    """Yield what an endpoint's input model takes and the manifest does not declare, and the reverse.

    The code alone was read by `input-validation`; here the model is what Python makes of it. One that can't be
    imported is left to that check.
    """
    expected = declared(subject.manifest)
    for name in _models(subject):
        schema = worker.schema(name)
        if isinstance(schema, Refused):
            measured[f"input model {name}"] = f"not imported: {schema.what}"
            continue
        wrong = list(_wrong(schema, expected))
        measured[f"input model {name}"] = (
            "differs from the manifest" if wrong else "as imported, takes what is declared"
        )
        for what in wrong:
            yield OtherInputs.finding(
                f"{name}, as imported: {what}",
                fix="generate the input model again: gatekeeper manifest generate . --pydantic -o DIR",
                at=subject.at("inputs"),
            )


def _models(subject: Subject) -> list[str]:
    """Return the input models of the endpoints that ask a model, as `module:Class`."""
    code = subject.candidate.policy.code
    if not code.paths:
        return []
    factories = () if code.factory is None else (code.factory,)
    paths = [Path(each) for each in code.paths]
    try:
        validation = validate_paths(paths, root=subject.candidate.root, entries=code.entries, factories=factories)
    except GatekeeperError:  # told by `input-validation`, which reads the same
        return []
    found = {each.model for endpoint in validation.endpoints if endpoint.asks for each in endpoint.inputs if each.model}
    return [":".join(name.rpartition(".")[::2]) for name in sorted(found)][:MOST]


def _wrong(schema: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    try:
        model = from_json_schema(schema)
    except GatekeeperError as error:
        yield error.what
        return
    for each in compare(model, expected):
        yield f"{each.field or 'the model'}: got {each.got}, expected {each.expected}"
