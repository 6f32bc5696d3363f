"""The built-in checks, in the order in which they are reported."""

from __future__ import annotations

from gatekeeper.model import Check
from gatekeeper_checks.artifact_integrity import ArtifactIntegrity
from gatekeeper_checks.candidate_declaration import CandidateDeclaration
from gatekeeper_checks.environment_parity import EnvironmentParity
from gatekeeper_checks.version_pinning import VersionPinning

BUILTIN: tuple[type[Check], ...] = (CandidateDeclaration, ArtifactIntegrity, EnvironmentParity, VersionPinning)
