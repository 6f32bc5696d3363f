"""What `version-pinning` makes of a recorded stress: whether memory came back, in this very environment."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.candidate import Fact
from gatekeeper.model import Finding, Location, Scalar
from gatekeeper.replay.observed import Memory
from gatekeeper.replay.stress_record import StressRecord, read_stress
from gatekeeper_checks.version_pinning import hold_rules as rules
from gatekeeper_checks.version_pinning.scene import Scene

_AGAIN = "make it again in this environment: gatekeeper golden replay . --python PATH --record-stress FILE"


def memory_comes_back(scene: Scene, name: str, path: str) -> bool:
    """Return whether a recorded stress shows that memory came back with the version that production's lock pins now.

    What is wrong with the record, or can't be read, is noted.
    """
    key = f"environment.holds.{name}.stress"
    read = scene.inquiry.attempt(lambda: scene.candidate.fact(path, read_stress, StressRecord, key=key))
    if read is None or scene.production is None:
        return False
    said = read.value
    measured: dict[str, Scalar] = {
        "memory": str(said.verdict),
        "requests": said.requests,
        "torch": said.versions.get("torch", "not there"),
    }
    scene.inquiry.evidence.append(scene.candidate.evidence(path, read, measured))
    wrong = list(_wrong(scene, read))
    scene.inquiry.findings += [_refused(path, name, each) for each in wrong]
    return not wrong


def _wrong(scene: Scene, read: Fact[StressRecord]) -> Iterator[str]:
    said, lock = read.value, scene.production
    assert lock is not None
    if said.verdict not in (Memory.CLEAN, Memory.BOUNDED):
        yield f"memory did not come back: {said.verdict}, {said.why}"
    pinned = {_public(row.version) for row in lock.rows if row.name == "torch"}
    if _public(said.versions.get("torch")) not in pinned:
        got = said.versions.get("torch") or "none"
        yield f"it was made with torch {got}, expected {', '.join(sorted(each or 'any' for each in pinned)) or 'none'}"
    now = lock.environment_hash(scene.target)
    if said.environment != now:
        yield f"it was made in the environment {said.environment or 'of no lock'}, expected {now}"
    candidate = scene.candidate
    for index, each in enumerate(candidate.policy.artifacts):
        expected = f"sha256:{candidate.digest(each, key=f'artifacts[{index}]').sha256}"
        if said.artifacts.get(each) != expected:
            yield f"it was made of {each} {said.artifacts.get(each) or 'in no version'}, expected {expected}"


def _public(version: str | None) -> str | None:
    """Return a version without its local part: the stress is the same for a CPU build and a CUDA build."""
    return None if version is None else version.partition("+")[0]


def _refused(path: str, name: str, why: str) -> Finding:
    return rules.HoldBroken.finding(
        f"{path} does not lift the hold of {name}: {why}", fix=_AGAIN, at=Location(path=path)
    )
