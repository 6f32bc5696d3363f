"""What `version-pinning` makes of holds: packages that stay at a version until a day, or until a receipt lifts that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from packaging.version import Version

from gatekeeper.environment.facts import Row
from gatekeeper.environment.identity import comparable_version
from gatekeeper.environment.names import canonical_name
from gatekeeper.model import Finding, Severity
from gatekeeper.policy import Hold
from gatekeeper_checks._locks import TargetLock
from gatekeeper_checks.version_pinning import hold_rules as rules
from gatekeeper_checks.version_pinning.locks import place
from gatekeeper_checks.version_pinning.receipts import verify
from gatekeeper_checks.version_pinning.scene import Scene
from gatekeeper_checks.version_pinning.stresses import memory_comes_back

_RECEIPT = "record a receipt with the new version and name it: lifted_by: receipt.json"
_STRESS = (
    "make the stress with the new version and name it: gatekeeper golden replay . --python PATH --record-stress "
    "stress.json; stress: stress.json"
)


def judge_holds(scene: Scene) -> None:
    """Note each hold that a lock does not keep, and each that has run out."""
    for name, hold in scene.candidate.policy.environment.holds.items():
        broken = [finding for lock in scene.locks for finding in _broken(scene, name, hold, lock)]
        if broken and _is_lifted(scene, name, hold):
            continue
        if date.fromisoformat(hold.until) < scene.candidate.today:
            scene.inquiry.findings.append(_expired(scene, name, hold, is_kept=not broken))
        else:
            scene.inquiry.findings += broken


def _broken(scene: Scene, name: str, hold: Hold, lock: TargetLock) -> Iterator[Finding]:
    lifts = _lifts(name, hold)
    why = f"until {hold.until} ({hold.reason}); {lifts}"
    fix = (
        f"pin {name}=={hold.version} in the input of {lock.path} and compile it again;\n"
        f"or {_STRESS if _is_torch(name) else _RECEIPT}"
    )
    rows = [row for row in lock.rows if row.name == canonical_name(name)]
    if not rows:
        yield rules.HoldBroken.finding(
            f"{name} is held at {hold.version} {why}; {lock.path} does not pin it",
            fix=fix,
            at=scene.candidate.at(f"environment.holds.{name}"),
        )
    for row in rows:
        if not _keeps(row, hold):
            got = row.version or row.specifier or "any version"
            message = f"{name} is held at {hold.version} {why}; {place(lock, row)} has {got}"
            yield rules.HoldBroken.finding(message, fix=fix, at=lock.at(row))


def _keeps(row: Row, hold: Hold) -> bool:
    """Return whether the row pins the held version itself: `2.1.2+cpu` is another build than `2.1.2`."""
    held = comparable_version(str(Version(hold.version)))
    return row.version is not None and comparable_version(row.version) == held


def _is_torch(name: str) -> bool:
    return canonical_name(name) == "torch"


def _lifts(name: str, hold: Hold) -> str:
    """Say what would lift a hold, or that what is named does not."""
    given = [each for each in (hold.lifted_by, hold.stress if _is_torch(name) else None) if each]
    if given and (hold.stress is not None or not _is_torch(name)):
        return f"{' and '.join(given)} {'do' if len(given) > 1 else 'does'} not lift it"
    return (
        "a recorded stress of the new version lifts it" if _is_torch(name) else "a receipt for the new version lifts it"
    )


def _is_lifted(scene: Scene, name: str, hold: Hold) -> bool:
    """Return whether what the hold names proves the version that production's lock pins now.

    What is wrong with it is noted. A new torch keeps other things alive than the old one did, and no suite sees that:
    it takes a stress in which memory came back.
    """
    if hold.lifted_by is None and (hold.stress is None or not _is_torch(name)):
        return False
    proofs = []
    if hold.lifted_by is not None:
        found = verify(scene, hold.lifted_by, f"environment.holds.{name}.lifted_by")
        scene.inquiry.findings += found or ()
        proofs.append(found == [])
    if _is_torch(name):
        proofs.append(hold.stress is not None and memory_comes_back(scene, name, hold.stress))
    return all(proofs)


def _expired(scene: Scene, name: str, hold: Hold, *, is_kept: bool) -> Finding:
    now = "the locks still pin it" if is_kept else "the locks no longer pin it"
    blocks = not is_kept or scene.candidate.profile.strict
    return rules.HoldExpired.finding(
        f"the hold of {name} at {hold.version} ran out on {hold.until} ({hold.reason}); {now}",
        fix="decide again: set a later day in `until` and say why, or take the hold out",
        at=scene.candidate.at(f"environment.holds.{name}.until"),
        severity=Severity.ERROR if blocks else None,
    )
