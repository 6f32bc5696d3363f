"""The questions of a deploy: who signed, was it a PASS, does it hold today, is this the model, who approved?

Everything is recomputed, offline. The clock is an argument: no variable of the environment may move it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from gatekeeper.signoff.certificates import Certified
from gatekeeper.signoff.consistency import Approved, Release, open_release, told
from gatekeeper.signoff.files import read_folder
from gatekeeper.signoff.keys import PublicKey
from gatekeeper.signoff.ledger import Ledger
from gatekeeper.signoff.model import ModelsIn, Signed, compare
from gatekeeper.signoff.times import AHEAD, shown, written
from gatekeeper.signoff.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a deploy asks for.

    Attributes:
        trust: whose signatures count.
        keyless: says what is wrong with a statement's bundle that an identity signed, and nothing where it is the
            identity that is trusted; None where no identity is.
        approvals: how many reviewers must have approved, each with a key of their own.
        max_age: how old the run may be; None for any age.
    """

    trust: Trust = field(default_factory=Trust)
    keyless: Callable[[bytes], str] | None = None
    approvals: int = 0
    max_age: timedelta | None = None


def signed_by(release: Release) -> Signed:
    """Return what a release says of the candidate's files."""
    declared = {each.name: each.digest.sha256 for each in release.evidence.declared}
    if release.evidence.policy:
        declared[release.evidence.policy.name] = release.evidence.policy.digest.sha256
    subjects = {each.name: each.digest.sha256 for each in release.subject}
    return Signed(subjects=subjects, declared=declared, folders=release.evidence.folders)


def verify(folder: Path, model: Path, demands: Demands, models_in: ModelsIn, now: datetime) -> Ledger:
    """Return what each question is answered with; where the release is not whole, no further question is asked.

    Args:
        folder: The release.
        model: What is deployed: a file or a folder.
        demands: What is asked for.
        models_in: See `model.compare`.
        now: The time, in UTC.

    Raises:
        UsageError: There is no such folder, or no such model.
        Unreadable: A file can't be read.
    """
    ledger = Ledger()
    release = open_release(read_folder(folder), ledger)
    if release is not None:
        compared = compare(model, signed_by(release), models_in)
        _signer(release, demands, ledger)
        standing(release, now, ledger)
        if demands.max_age is not None:
            _age(now - release.created, demands.max_age, ledger)
        ledger.judge("model", list(compared.problems), compared.looked_at)
        _approvals(release, demands, now, ledger)
    return ledger


def _age(age: timedelta, limit: timedelta, ledger: Ledger) -> None:
    problems = [f"the run is {shown(age)} old, and may be {shown(limit)}"] if age > limit else []
    ledger.judge("age", problems, f"{shown(max(age, timedelta()))}, of {shown(limit)} at most")


def standing(release: Release, now: datetime, ledger: Ledger) -> None:
    """Write whether a release is a PASS, of no future time, and still in force: what a reviewer asks too."""
    verdict = release.evidence.verdict
    problems = [] if verdict == "PASS" else [f"it is {verdict}: nothing is released with it"]
    ledger.judge(
        "verdict", problems, f"PASS, {len(release.evidence.checks)} checks, profile {release.evidence.profile}"
    )
    ahead = release.created - now > AHEAD
    when = written(release.created)
    problems = [f"it is of {when}, which has not come: look at both clocks"] if ahead else []
    ledger.judge("time", problems, f"judged at {when}, {shown(max(now - release.created, timedelta()))} ago")
    if release.evidence.waivers:
        count = len(release.evidence.waivers)
        text = f"{count} used, none has expired; valid until {release.evidence.valid_until}"
        ledger.judge("waivers", [*_expired(release, now)], text)
    else:
        ledger.ok("waivers", "none was used")


def _expired(release: Release, now: datetime) -> Iterator[str]:
    for waiver, last in zip(release.evidence.waivers, release.last_days, strict=True):
        if last is None or last < now.date():
            yield f"the waiver of {waiver.code} for {waiver.scope} expired on {waiver.expires}"


def _signer(release: Release, demands: Demands, ledger: Ledger) -> None:
    signer, trust = release.signer, demands.trust
    if isinstance(signer, Certified) and demands.keyless is not None:
        asked = ((name, demands.keyless(data)) for name, data in release.sealed.items())
        problems = [f"{name}: {problem}" for name, problem in asked if problem]
        ledger.judge("signer", problems, f"{signer.id}, whose certificate and log entries hold")
    elif isinstance(signer, PublicKey) and signer in trust.signers:
        ledger.ok("signer", f"sha256:{signer.id}, trusted as {trust.signers[signer]}")
    elif trust.signers or demands.keyless is not None:
        ledger.failed("signer", f"{told(signer)} is none of those who are trusted to sign")
    else:
        give = (
            "give the key that you trust, --key PUB or --keys FOLDER"
            if isinstance(signer, PublicKey)
            else "say whom you trust, --identity NAME and --issuer URL"
        )
        ledger.undecided("signer", f"{told(signer)} signed, and anyone can sign: {give}")


def _approvals(release: Release, demands: Demands, now: datetime, ledger: Ledger) -> None:
    """Write who approved, and whether they are enough; an approval that does not count is told."""
    counted: list[str] = []
    for each in release.approvals:
        why = _not_counted(each, release, demands.trust, now)
        if why:
            ledger.told("approvals", f"{each.name} does not count: {why}")
        else:
            role = f" ({each.role})" if each.role else ""
            counted.append(f"{demands.trust.reviewers[each.signer]}{role}")
    asked = demands.approvals
    if asked and not demands.trust.reviewers and release.approvals:
        ledger.undecided("approvals", f"{asked} asked for, and no reviewer's key is trusted: give --keys FOLDER")
    elif asked or counted:
        problems = [f"{len(counted)} of {asked} that are asked for"] if len(counted) < asked else []
        told_of = f"{len(counted)} of {asked} asked for" if asked else f"{len(counted)}, and none is asked for"
        ledger.judge("approvals", problems, f"{told_of}: {', '.join(counted)}")


def _not_counted(approved: Approved, release: Release, trust: Trust, now: datetime) -> str:
    if approved.signer == release.signer:
        return "who signs off can't review it"
    if approved.created - now > AHEAD:
        return f"it is of {written(approved.created)}, which has not come"
    if release.created - approved.created > AHEAD:
        return "it is older than the sign-off"
    if approved.signer not in trust.reviewers:
        return f"no reviewer's key is sha256:{approved.signer.id}"
    return ""
