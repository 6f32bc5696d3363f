"""A release held against itself: its files are those that its statements name, and these say one thing, by one key.

That takes no trusted key: whoever has none still learns of an edit. Who signed is asked in `verification`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

import msgspec

from gatekeeper.signoff import bundle, files, release
from gatekeeper.signoff import statements as st
from gatekeeper.signoff.certificates import Certified, certified
from gatekeeper.signoff.errors import Broken
from gatekeeper.signoff.files import Contents
from gatekeeper.signoff.keys import PublicKey, named_key
from gatekeeper.signoff.ledger import Ledger
from gatekeeper.signoff.times import day_of, moment_of

T = TypeVar("T", bound=msgspec.Struct)

PROFILE = "release"
"""The profile whose runs are signed off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A whole approval of this very release: by whom, when, in which role."""

    name: str
    signer: PublicKey
    created: datetime
    role: str
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release that is consistent. Who signed it is not known yet: `signer` is whoever it says.

    Attributes:
        digests: of every file, by its name.
        sealed: the bytes of the three statements' files.
    """

    subject: tuple[st.Resource, ...]
    evidence: st.Evidence
    created: datetime
    signer: PublicKey | Certified
    approvals: tuple[Approved, ...]
    digests: Mapping[str, str]
    sealed: Mapping[str, bytes]

    @property
    def covered(self) -> tuple[st.Resource, ...]:
        """What an approval is over: every file of the release but the approvals."""
        return st.resources((name, self.digests[name]) for name in files.NAMES)

    @property
    def last_days(self) -> tuple[date | None, ...]:
        """The last day of each waiver that was used; None is a day that is none."""
        return tuple(day_of(each.expires) for each in self.evidence.waivers)


def open_release(contents: Contents, ledger: Ledger) -> Release | None:
    """Return the release in a folder, if all of it is consistent; what is not is written into the ledger."""
    whole = ledger.judge("files", list(contents.problems), f"{len(contents.files)} files, and no others")
    read = _statements(contents, ledger)
    if read is None:
        return None
    evidence, signer = read.evidence, read.signer
    digests = {name: file.sha256 for name, file in contents.files.items()}
    reports = [*_reports(evidence, digests)]
    whole = ledger.judge("digests", reports, f"{' and '.join(files.REPORTS)} are those that were signed") and whole
    whole = ledger.judge("statements", [*_contradictions(read, digests)], "they say one thing") and whole
    created = moment_of(evidence.created)
    approvals = _approvals(contents, digests, ledger)
    if not whole or created is None or approvals is None:
        return None
    return Release(
        subject=read.subject,
        evidence=evidence,
        created=created,
        signer=signer,
        approvals=approvals,
        digests=digests,
        sealed={name: contents.files[name].data for name in files.STATEMENTS},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statements:
    signer: PublicKey | Certified
    subject: tuple[st.Resource, ...]
    others: Mapping[str, tuple[st.Resource, ...]]
    evidence: st.Evidence
    result: st.TestResult
    summary: st.Summary


def _statements(contents: Contents, ledger: Ledger) -> _Statements | None:
    """Return the three statements, if each is one and the key that the evidence names signed all of them."""
    if not all(name in contents.files for name in files.STATEMENTS):
        return None
    step = "envelopes"
    try:
        sealed = {name: bundle.read(contents.files[name].data, name) for name in files.STATEMENTS}
        step = "statements"
        subject, evidence = _opened(sealed, files.EVIDENCE, st.EVIDENCE, st.Evidence)
        step, signer = "signatures", _signer(evidence.signer, sealed[files.EVIDENCE], files.EVIDENCE)
        for name, envelope in sealed.items():
            _expect_signature(envelope, signer, name)
        step = "statements"
        tested, result = _opened(sealed, files.TEST_RESULT, st.TEST_RESULT, st.TestResult)
        judged, summary = _opened(sealed, files.VERDICT, st.VERDICT, st.Summary)
    except Broken as error:
        ledger.failed(step, error.what)
        return None
    ledger.ok("signatures", f"{len(sealed)} statements, each signed by {told(signer)}")
    return _Statements(
        signer=signer,
        subject=subject,
        others={files.TEST_RESULT: tested, files.VERDICT: judged},
        evidence=evidence,
        result=result,
        summary=summary,
    )


def _opened(
    sealed: Mapping[str, bundle.Envelope], name: str, predicate_type: str, type_: type[T]
) -> tuple[tuple[st.Resource, ...], T]:
    return st.decode(sealed[name].payload, predicate_type, type_, name)


def told(signer: PublicKey | Certified) -> str:
    """Return a signer in words."""
    return f"the key sha256:{signer.id}" if isinstance(signer, PublicKey) else signer.id


def _signer(signer: st.Signer, envelope: bundle.Envelope, name: str) -> PublicKey | Certified:
    """Return who a statement says has signed it: its certificate's holder, or the key that it names."""
    if not envelope.certificate:
        return _named(signer, name)
    found = certified(envelope.certificate, name)
    if signer != st.Signer(identity=found.identity, issuer=found.issuer):
        raise Broken(f"{name}: signer is not whom the certificate names")
    return found


def _named(signer: st.Signer, name: str) -> PublicKey:
    """Return the key that a statement names."""
    try:
        der = base64.b64decode(signer.public_key or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Broken(f"{name}: signer.publicKey is no base64") from error
    key = named_key(der, name)
    if key.id != signer.keyid:
        raise Broken(f"{name}: signer.keyid is not that of signer.publicKey")
    return key


def _expect_signature(envelope: bundle.Envelope, signer: PublicKey | Certified, name: str) -> None:
    if isinstance(signer, Certified):
        if envelope.certificate != signer.der:
            raise Broken(f"{name} has another certificate than {files.EVIDENCE}")
    elif envelope.key_id != signer.id:
        raise Broken(
            f"{name} names the key sha256:{envelope.key_id[:64]}, and not sha256:{signer.id}, which signed the rest"
        )
    if not signer.signed(envelope.signed_bytes, envelope.signature):
        raise Broken(f"{name}: {told(signer)} did not sign this")


def _reports(evidence: st.Evidence, digests: Mapping[str, str]) -> Iterator[str]:
    """Yield which of the two reports is not the one that was signed."""
    signed = {each.name: each.digest.sha256 for each in evidence.files}
    if signed.keys() != set(files.REPORTS):
        yield f"{files.EVIDENCE} names {', '.join(sorted(signed)) or 'no file'}, expected {' and '.join(files.REPORTS)}"
    for name in files.REPORTS:
        if name in digests and name in signed and digests[name] != signed[name]:
            yield f"{name} was changed: its sha256 is {digests[name]}, and {signed[name]} was signed"


def _contradictions(read: _Statements, digests: Mapping[str, str]) -> Iterator[str]:
    """Yield where the statements don't say what they must, the evidence being what it is."""
    evidence = read.evidence
    if moment_of(evidence.created) is None:
        yield f"{files.EVIDENCE}: created is no time"
    if evidence.profile != PROFILE:
        yield f"{files.EVIDENCE}: the profile is {evidence.profile}, expected {PROFILE}"
    if evidence.verdict == "PASS" and (not evidence.checks or any(each.status != "PASS" for each in evidence.checks)):
        yield f"{files.EVIDENCE}: the verdict is PASS, and not every check is"
    last = min((day for each in evidence.waivers if (day := day_of(each.expires))), default=None)
    if evidence.valid_until != (last.isoformat() if last else None):
        yield f"{files.EVIDENCE}: validUntil is not the first day on which a waiver ends"
    yield from _between(read, digests)


def _between(read: _Statements, digests: Mapping[str, str]) -> Iterator[str]:
    """Yield where another statement does not say what follows from the evidence."""
    for name, subject in read.others.items():
        if subject != read.subject:
            yield f"{name} is about other files than {files.EVIDENCE}"
    summary = release.summary(read.evidence, {name: digests[name] for name in (files.EVIDENCE, files.TEST_RESULT)})
    if read.summary.input_attestations != summary.input_attestations:
        yield f"{files.VERDICT} stands on other statements than those that lie here"
    result = release.test_result(read.evidence)
    for name, found, wanted in ((files.TEST_RESULT, read.result, result), (files.VERDICT, read.summary, summary)):
        for field in found.__struct_fields__:
            if field != "input_attestations" and getattr(found, field) != getattr(wanted, field):
                yield f"{name}: {field} is not what follows from {files.EVIDENCE}"


def _approvals(contents: Contents, digests: Mapping[str, str], ledger: Ledger) -> tuple[Approved, ...] | None:
    """Return the approvals, if all that lie there are whole and are of this very release."""
    approved: list[Approved] = []
    problems: list[str] = []
    covered = st.resources((name, digests[name]) for name in files.NAMES if name in digests)
    for name in contents.approvals:
        try:
            approved.append(_approval(contents.files[name].data, name, covered))
        except Broken as error:
            problems.append(error.what)
    if contents.approvals:
        ledger.judge("approval files", problems, f"{len(approved)} signed over exactly these files")
    return None if problems else tuple(approved)


def _approval(data: bytes, name: str, covered: tuple[st.Resource, ...]) -> Approved:
    envelope = bundle.read(data, name)
    subject, predicate = st.decode(envelope.payload, st.APPROVAL, st.Approval, name)
    signer = _named(predicate.signer, name)
    _expect_signature(envelope, signer, name)
    created = moment_of(predicate.created)
    if name != files.approval_name(signer.id) or created is None:
        raise Broken(f"{name} is not called as its key and time want it")
    if subject != covered:
        raise Broken(f"{name} approves other files than those that lie here")
    return Approved(name=name, signer=signer, created=created, role=predicate.role, comment=predicate.comment)
