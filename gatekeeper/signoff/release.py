"""The files of a release, made of the facts of one run and a key: pure, nothing is read and nothing is written."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

import msgspec

from gatekeeper.signoff import bundle, files
from gatekeeper.signoff import statements as st
from gatekeeper.signoff.facts import Facts, Named
from gatekeeper.signoff.keys import SigningKey
from gatekeeper.signoff.times import written


class Sealer(Protocol):
    """What signs statements: a key, or a person or workflow by an identity."""

    @property
    def signer(self) -> st.Signer:
        """Who signs, as the evidence names it."""
        ...

    def seal(self, payload: bytes) -> bytes:
        """Return a statement in a bundle, signed."""
        ...


@dataclass(frozen=True, slots=True)
class Keyed:
    """What signs with a local key."""

    key: SigningKey

    @property
    def signer(self) -> st.Signer:
        """The key as a statement names it."""
        public = self.key.public
        return st.Signer(keyid=public.id, public_key=base64.b64encode(public.der).decode())

    def seal(self, payload: bytes) -> bytes:
        """Return a statement in a bundle, signed; the same bytes for the same statement."""
        unsigned = bundle.Envelope(payload=payload, signature=b"", key_id=self.key.public.id)
        return bundle.write(replace(unsigned, signature=self.key.sign(unsigned.signed_bytes)))


def compose(facts: Facts, page: bytes, document: bytes, sealer: Sealer) -> dict[str, bytes]:
    """Return the files of a release by their names: both reports, and the three statements, signed.

    Args:
        facts: Of the run; of at least one file, an artifact or the policy.
        page: `signoff.html`.
        document: `signoff.json`.
        sealer: What signs.
    """
    made = {files.PAGE: page, files.DOCUMENT: document}
    subject = st.resources((each.name, each.sha256) for each in subjects(facts))
    evidence = _evidence(facts, made)
    # The one statement that does not name the signer comes first: an identity is known with its first certificate.
    tested = sealer.seal(st.encode(subject, st.TEST_RESULT, test_result(evidence)))
    evidence = msgspec.structs.replace(evidence, signer=sealer.signer)
    made[files.EVIDENCE] = sealer.seal(st.encode(subject, st.EVIDENCE, evidence))
    made[files.TEST_RESULT] = tested
    inputs = {name: _sha256(made[name]) for name in (files.EVIDENCE, files.TEST_RESULT)}
    made[files.VERDICT] = sealer.seal(st.encode(subject, st.VERDICT, summary(evidence, inputs)))
    return made


def subjects(facts: Facts) -> tuple[Named, ...]:
    """Return what the statements are about: the artifacts; the policy alone, where none of them could be read."""
    return facts.artifacts or ((facts.policy,) if facts.policy else ())


def approval(
    subject: tuple[st.Resource, ...], key: SigningKey, *, role: str, comment: str, now: datetime
) -> tuple[str, bytes]:
    """Return the name and the bytes of the file with a reviewer's approval of the files that are its subjects."""
    predicate = st.Approval(
        decision="APPROVED", role=role, comment=comment, created=written(now), signer=Keyed(key).signer
    )
    return files.approval_name(key.public.id), Keyed(key).seal(st.encode(subject, st.APPROVAL, predicate))


def test_result(evidence: st.Evidence) -> st.TestResult:
    """Return what in-toto's test-result must say where the evidence is this."""
    passed = [each.id for each in evidence.checks if each.status == "PASS" and not each.waived]
    warned = [each.id for each in evidence.checks if each.status == "PASS" and each.waived]
    failed = [each.id for each in evidence.checks if each.status != "PASS"]
    gate = st.Resource(name=f"gatekeeper-{evidence.gate.version}", digest=evidence.gate.digest)
    return st.TestResult(
        result="FAILED" if evidence.verdict != "PASS" else "WARNED" if warned else "PASSED",
        configuration=(*((evidence.policy,) if evidence.policy else ()), gate),
        passed_tests=tuple(passed),
        warned_tests=tuple(warned),
        failed_tests=tuple(failed),
    )


def summary(evidence: st.Evidence, inputs: Mapping[str, str]) -> st.Summary:
    """Return what the VSA must say where the evidence is this.

    Args:
        evidence: The predicate of the evidence.
        inputs: The digests of the statements that it stands on, by the names of their files.
    """
    is_pass = evidence.verdict == "PASS"
    policy = evidence.policy
    return st.Summary(
        verifier=st.Verifier(id=st.VERIFIER),
        time_verified=evidence.created,
        resource_uri=_package_url(evidence.candidate),
        policy=st.Linked(uri=f"file:{_quoted(policy.name)}", digest=policy.digest)
        if policy
        # Without a policy of the candidate's own, what the gate's code holds every candidate to is the policy.
        else st.Linked(uri=f"urn:gatekeeper:profile:{evidence.profile}", digest=evidence.gate.digest),
        input_attestations=tuple(
            st.Linked(uri=f"file:{name}", digest=st.Digest(sha256=sha256)) for name, sha256 in sorted(inputs.items())
        ),
        verification_result="PASSED" if is_pass else "FAILED",
        verified_levels=(st.PASSED_LEVEL if is_pass else "FAILED",),
        slsa_version=st.SLSA_VERSION,
    )


def _evidence(facts: Facts, reports: Mapping[str, bytes]) -> st.Evidence:
    """Return the evidence; who signs it is not in it yet."""
    policy = facts.policy
    return st.Evidence(
        verdict=facts.verdict,
        profile=facts.profile,
        created=written(facts.created),
        valid_until=facts.valid_until.isoformat() if facts.valid_until else None,
        candidate=st.Candidate(name=facts.name, version=facts.version),
        policy=st.Resource(name=policy.name, digest=st.Digest(sha256=policy.sha256)) if policy else None,
        declared=tuple(
            st.Declared(role=each.role, name=each.name, digest=st.Digest(sha256=each.sha256)) for each in facts.declared
        ),
        folders=facts.folders,
        gate=st.Gate(version=facts.gate_version, digest=st.Digest(sha256=facts.gate_sha256)),
        checks=tuple(
            st.Checked(
                id=each.id,
                status=each.status,
                distribution=each.distribution,
                version=each.version,
                waived=each.waived,
            )
            for each in facts.checks
        ),
        waivers=tuple(
            st.Waived(
                code=each.code,
                scope=each.scope,
                owner=each.owner,
                approver=each.approver,
                reason=each.reason,
                expires=each.expires,
            )
            for each in facts.waivers
        ),
        files=st.resources((name, _sha256(data)) for name, data in reports.items()),
        signer=st.Signer(),
    )


def _package_url(candidate: st.Candidate) -> str:
    """Return a candidate as a package URL, which is a URI for whatever has a name and a version."""
    version = f"@{_quoted(candidate.version)}" if candidate.version else ""
    return f"pkg:generic/{_quoted(candidate.name)}{version}"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="backslashreplace")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
