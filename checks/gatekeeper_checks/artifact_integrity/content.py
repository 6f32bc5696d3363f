"""Everything that is against a model file by itself: what `gatekeeper inspect` says too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatekeeper.artifact.facts import Artifact
from gatekeeper.model import Finding
from gatekeeper_checks.artifact_integrity.allowed import Allowed
from gatekeeper_checks.artifact_integrity.containers import judge_container
from gatekeeper_checks.artifact_integrity.names import judge_names
from gatekeeper_checks.artifact_integrity.weights import judge_weights


def judge_content(artifact: Artifact, path: str, allowed: Allowed, nonfinite: Sequence[str] = ()) -> Iterator[Finding]:
    """Yield a finding for each thing that is against a file."""
    yield from judge_names(artifact, path, allowed)
    yield from judge_container(artifact, path)
    yield from judge_weights(artifact, path, nonfinite)
