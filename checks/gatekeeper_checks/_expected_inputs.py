"""What the manifest declares of each input that a request has."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.candidate import Candidate
from gatekeeper.contract.manifest.document import Reading, read
from gatekeeper.contract.manifest.facts import Input, Manifest
from gatekeeper.errors import Unreadable
from gatekeeper.inference.validation.comparison import Expected
from gatekeeper.model import Location


def expected_inputs(candidate: Candidate) -> Mapping[str, Expected] | None:
    """Return what is declared of each input, by name; None where no manifest is declared.

    Raises:
        Unreadable: the manifest can't be read; what is wrong with it is for the check of manifests to tell.
    """
    path = candidate.policy.manifest
    if path is None:
        return None
    manifest = candidate.fact(path, read, Reading, key="manifest").value.manifest
    if manifest is None:
        what = f"{path} has errors: no endpoint could be held against it"
        raise Unreadable(
            what, fix="correct it: gatekeeper run --check interpretability-manifest", at=Location(path=path)
        )
    return declared(manifest)


def declared(manifest: Manifest) -> Mapping[str, Expected]:
    """Return what a manifest declares of each input that a request has."""
    return {name: _expected(each) for name, each in manifest.requested.items()}


def _expected(each: Input) -> Expected:
    return Expected(
        kind=each.kind,
        low=each.min,
        high=each.max,
        vocabulary=each.vocabulary,
        missing=each.missing,
        unknown=each.unknown or "reject",
        default=each.default,
    )
