"""Which interpreter the candidate is executed in, and whether it has what production installs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gatekeeper.candidate import Candidate
from gatekeeper.environment.distributions import distributions_of
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Evidence, Obstacle, Scalar
from gatekeeper.replay.outcomes import Facts
from gatekeeper_checks._locks import lock_path, read_target_lock, target_of

ALWAYS: Final = ("numpy", "pandas", "pydantic")
"""What changes an answer although no model names it."""


ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""A single record is answered faster so, and on a busy machine a hundred times: threads that wait spin. The answers are
the same."""


def interpreter(candidate: Candidate) -> Path:
    """Return the interpreter that is asked: production's, as `--python` gives it, else the gate's own."""
    return candidate.executor or Path(sys.executable)


def pinned(
    candidate: Candidate, inquiry: Inquiry, modules: Iterable[str], always: Iterable[str] = ALWAYS
) -> dict[str, str]:
    """Return the versions that production's lock pins of what the model names, and of what changes its answers.

    Args:
        candidate: whose lock it is.
        inquiry: takes a lock that can't be read as an obstacle.
        modules: that the model's file names.
        always: distributions that are asked for in any case.
    """
    path = lock_path(candidate.policy.environment.production)
    if path is None:
        return {}
    lock = read_target_lock(candidate, inquiry, "environment.production", path, target_of(candidate))
    rows = {row.name: row.version for row in lock.rows if row.version} if lock is not None else {}
    return {name: rows[name] for name in sorted({*distributions_of(modules), *always}) if name in rows}


def production_hash(candidate: Candidate) -> str | None:
    """Return the environment hash of production's lock; None where there is none that can be read."""
    path = lock_path(candidate.policy.environment.production)
    if path is None:
        return None
    target = target_of(candidate)
    lock = read_target_lock(candidate, Inquiry(), "environment.production", path, target)
    return None if lock is None else lock.environment_hash(target)


def differing(facts: Facts, expected: dict[str, str]) -> list[str]:
    """Return how the interpreter differs from production's lock, a line a distribution."""
    return [
        f"{name}: {facts.versions.get(name) or 'not installed'}, production's lock pins {version}"
        for name, version in expected.items()
        if _public(facts.versions.get(name)) != _public(version)
    ]


def _public(version: str | None) -> str | None:
    """Return a version without its local part: a CPU build answers as the CUDA build of the same version does."""
    return None if version is None else version.partition("+")[0]


def not_production(candidate: Candidate, python: Path, differences: list[str]) -> Obstacle:
    """Return why a model that keeps to its manifest here may not do so in production."""
    name = "the interpreter that runs the gate" if candidate.python is None else str(python)
    return Obstacle(
        what=f"{name} is not production's: {'; '.join(differences)}",
        fix="give the interpreter of an environment with production's lock: --python PATH",
        at=candidate.at("environment.production"),
    )


def sandbox_seen(facts: Facts, expected: dict[str, str]) -> Evidence:
    """Return what is known of a worker: its Python, what is installed, and what its sandbox keeps out."""
    applied = [layer.name for layer in facts.layers if layer.applied]
    missing = [f"{layer.name} ({layer.detail})" for layer in facts.layers if not layer.applied]
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items() if version)
    measured: dict[str, Scalar] = {"python": facts.python}
    if expected:
        measured["versions"] = versions or "none of production's lock"
    measured["keeps out"] = ", ".join(sorted(facts.protections)) or "nothing"
    measured["layers"] = ", ".join(applied) or "none"
    if missing:
        measured["not here"] = "; ".join(missing)
    return Evidence(what="the sandbox and its interpreter", measured=measured)
