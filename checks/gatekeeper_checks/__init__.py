"""The built-in checks, in the order in which they are reported."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatekeeper.model import Check

    BUILTIN: tuple[type[Check], ...]

_HOMES = {
    "candidate_declaration": "CandidateDeclaration",
    "artifact_integrity": "ArtifactIntegrity",
    "environment_parity": "EnvironmentParity",
    "version_pinning": "VersionPinning",
    "no_grad": "NoGrad",
    "baseline": "Baseline",
    "interpretability_manifest": "InterpretabilityManifest",
    "input_validation": "InputValidation",
    "observability": "Observability",
    "golden_replay": "GoldenReplay",
}


def __getattr__(name: str) -> object:
    """Return `BUILTIN`; who wants one check's part alone does not import the others."""
    if name != "BUILTIN":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return tuple(getattr(import_module(f"{__name__}.{module}"), check) for module, check in _HOMES.items())
