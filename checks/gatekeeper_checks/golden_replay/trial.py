"""The golden records are asked: of which process, with which bounds, on which device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from gatekeeper.artifact import Artifact
from gatekeeper.candidate import Candidate, Fact
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Evidence, Obstacle
from gatekeeper.replay.foreign.measuring import measure as measure_foreign
from gatekeeper.replay.foreign.naming import Factory, parse_predictor
from gatekeeper.replay.measuring import Measured, Records, measure
from gatekeeper.replay.measuring import Subject as Asked
from gatekeeper.replay.outcomes import Protection
from gatekeeper.replay.starting import Bounds
from gatekeeper_checks._interpreter import ALWAYS, ONE_THREAD, interpreter, pinned

COMPUTES: Final = (*ALWAYS, "scikit-learn", "torch", "onnxruntime", "xgboost", "lightgbm")
"""Distributions whose version changes an answer."""
_REPRODUCIBLE: Final = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
"""Without it some of CUDA's products differ from run to run (PyTorch's notes on reproducibility)."""


def expected_versions(
    candidate: Candidate, artifacts: Mapping[str, Fact[Artifact]], inquiry: Inquiry
) -> dict[str, str]:
    """Return what production's lock pins of all that computes an answer."""
    modules = [each.module for fact in artifacts.values() for each in fact.value.globals]
    return pinned(candidate, inquiry, modules, COMPUTES)


def asked_of(candidate: Candidate, device: str, distributions: Iterable[str]) -> Asked | Obstacle:
    """Return what is asked on one device; or why that is not known."""
    replay = candidate.policy.replay
    named = None if candidate.policy.code.predictor is None else parse_predictor(candidate.policy.code.predictor)
    artifacts = list(candidate.policy.artifacts)
    if named is None and len(artifacts) != 1:
        return Obstacle(
            what=f"it is not known which of {len(artifacts)} artifacts answers: the policy names no predictor",
            fix='add: code: {predictor: "package.module:factory"}',
            at=candidate.at("artifacts"),
        )
    return Asked(
        python=str(interpreter(candidate)),
        root=candidate.root,
        handler=named.name if isinstance(named, Factory) else None,
        artifact=candidate.root / artifacts[0] if named is None else None,
        factory=replay.factory,
        distributions=tuple(sorted(distributions)),
        bounds=Bounds(
            memory=replay.memory << 20,
            timeout=float(replay.timeout),
            require=frozenset(map(Protection, replay.require_sandbox)),
            gpu=device == "cuda",
        ),
        environment={**ONE_THREAD, **(_REPRODUCIBLE if device == "cuda" else {})},
        device=device,
        seed=replay.seed,
        repeat=replay.repeat,
        stress=replay.stress,
    )


def measured(candidate: Candidate, asked: Asked, records: Records) -> Measured:
    """Ask the records in every way.

    Raises:
        UsageError: the policy's predictor is none.
    """
    text = candidate.policy.code.predictor
    named = None if text is None else parse_predictor(text)
    if named is None or isinstance(named, Factory):
        return measure(asked, records)
    return measure_foreign(asked, named, records)


def devices(candidate: Candidate, inquiry: Inquiry) -> Iterator[str]:
    """Yield the devices to ask; an absent one is an obstacle if it is required, and told if not."""
    replay = candidate.policy.replay
    for device in replay.devices:
        if device == "cpu" or has_graphics_card():
            yield device
        elif replay.gpu == "required":
            inquiry.obstacles.append(
                Obstacle(
                    what="`replay.gpu` is `required`, and this machine has no graphics card: nothing was asked on one",
                    fix="run the gate on a machine with one",
                    at=candidate.at("replay.gpu"),
                )
            )
        else:
            said = {"asked": "nothing: this machine has no graphics card, and `replay.gpu` does not require one"}
            inquiry.evidence.append(Evidence(what="answers on cuda", measured=said))


def has_graphics_card() -> bool:
    """Return whether the kernel has the driver of a graphics card: whether it can be used, only torch can tell."""
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidiactl").exists()
