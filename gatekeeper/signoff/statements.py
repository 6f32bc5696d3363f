"""The statements of a release as types: SLSA VSA v1, in-toto test-result v0.1, and our own evidence and approval.

What is read must have these keys and no others, and their values must be of these types: what is not known is refused,
never passed over. Two types of predicate are ours, named by URN:

- `urn:gatekeeper:evidence:v1`: what was judged by what, when, with which answers, and the digests of both reports;
- `urn:gatekeeper:approval:v1`: that a reviewer approves exactly these files.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec

from gatekeeper.dsse import STATEMENT_TYPE
from gatekeeper.signoff.bundle import loaded
from gatekeeper.signoff.errors import Broken

EVIDENCE = "urn:gatekeeper:evidence:v1"
APPROVAL = "urn:gatekeeper:approval:v1"
VERDICT = "https://slsa.dev/verification_summary/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"

VERIFIER = "urn:gatekeeper:signoff:v1"
"""Who judged, for consumers of a VSA: they accept a pair of a signer and a verifier."""

SLSA_VERSION = "1.0"
PASSED_LEVEL = "GATEKEEPER_RELEASE"
"""A level of our own; those that start with SLSA_ are not ours to give."""

T = TypeVar("T", bound=msgspec.Struct)

Sha256: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Time: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z\Z")]
Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
Word: TypeAlias = Literal["PASS", "FAIL", "UNDECIDED"]


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What all parts of a statement have in common: their keys in camel case, and no others."""


class Digest(Shape, frozen=True, kw_only=True):
    """The sha256 of bytes, in hexadecimal."""

    sha256: Sha256


class Resource(Shape, frozen=True, kw_only=True):
    """A file by its name and its digest."""

    name: Text
    digest: Digest


class Linked(Shape, frozen=True, kw_only=True):
    """Something by its URI and its digest."""

    uri: Text
    digest: Digest


class Declared(Shape, frozen=True, kw_only=True):
    """A file that the policy names under `role`."""

    role: Text
    name: Text
    digest: Digest


class Candidate(Shape, frozen=True, kw_only=True):
    """The candidate as its policy names it."""

    name: Text
    version: str | None


class Gate(Shape, frozen=True, kw_only=True):
    """The gate that judged: its version, and the digest of its code."""

    version: Text
    digest: Digest


class Checked(Shape, frozen=True, kw_only=True):
    """A check, what it answered alone, and how many of its findings are waived."""

    id: Text
    status: Word
    distribution: str
    version: str
    waived: int


class Waived(Shape, frozen=True, kw_only=True):
    """A waiver that was used."""

    code: Text
    scope: Text
    owner: Text
    approver: Text
    reason: Text
    expires: str


class Signer(Shape, frozen=True, kw_only=True, omit_defaults=True):
    """Who signed: to see an edit by, and never to trust.

    Either a key, in base64 of SubjectPublicKeyInfo in DER; or an identity and who vouches for it, as the certificate of
    the signature has them.
    """

    keyid: Sha256 | None = None
    public_key: Text | None = None
    identity: Text | None = None
    issuer: Text | None = None


class Evidence(Shape, frozen=True, kw_only=True):
    """What was judged, by what, when, and what came out; `files` are both reports of the release."""

    verdict: Word
    profile: Text
    created: Time
    valid_until: str | None
    candidate: Candidate
    policy: Resource | None
    declared: tuple[Declared, ...]
    folders: tuple[Text, ...]
    gate: Gate
    checks: tuple[Checked, ...]
    waivers: tuple[Waived, ...]
    files: tuple[Resource, ...]
    signer: Signer


class TestResult(Shape, frozen=True, kw_only=True):
    """in-toto's predicate: the names of the checks by what they answered. A check with waived findings is a warning."""

    result: Literal["PASSED", "WARNED", "FAILED"]
    configuration: Annotated[tuple[Resource, ...], msgspec.Meta(min_length=1)]
    passed_tests: tuple[str, ...]
    warned_tests: tuple[str, ...]
    failed_tests: tuple[str, ...]


class Verifier(Shape, frozen=True, kw_only=True):
    """Who judged."""

    id: Text


class Summary(Shape, frozen=True, kw_only=True):
    """SLSA's verification summary: the verdict, and the digests of the statements that it stands on."""

    verifier: Verifier
    time_verified: Time
    resource_uri: Text
    policy: Linked
    input_attestations: tuple[Linked, ...]
    verification_result: Literal["PASSED", "FAILED"]
    verified_levels: tuple[str, ...]
    slsa_version: str


class Approval(Shape, frozen=True, kw_only=True):
    """A reviewer's word over the files that are the subjects."""

    decision: Literal["APPROVED"]
    role: str
    comment: str
    created: Time
    signer: Signer


def resources(named: Iterable[tuple[str, str]]) -> tuple[Resource, ...]:
    """Return files by name and digest, in the order of their names."""
    return tuple(Resource(name=name, digest=Digest(sha256=sha256)) for name, sha256 in sorted(named))


def encode(subject: tuple[Resource, ...], predicate_type: str, predicate: Shape) -> bytes:
    """Return a statement as JSON, as it is signed. What is no text in a name is spelled out: JSON has no bytes."""
    document = {
        "_type": STATEMENT_TYPE,
        "subject": msgspec.to_builtins(subject),
        "predicateType": predicate_type,
        "predicate": msgspec.to_builtins(predicate),
    }
    return msgspec.json.format(msgspec.json.encode(_spelled(document)), indent=1) + b"\n"


def _spelled(value: Any) -> Any:
    """Return a document with each lone surrogate spelled out; such a name is found nowhere, and verifies nothing."""
    match value:
        case str():
            return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {key: _spelled(each) for key, each in value.items()}
        case list() | tuple():
            return [_spelled(each) for each in value]
        case _:
            return value


def decode(payload: bytes, predicate_type: str, type_: type[T], name: str) -> tuple[tuple[Resource, ...], T]:
    """Return the subjects and the predicate of a statement.

    Args:
        payload: As it was signed.
        predicate_type: What the statement must be.
        type_: The type of such a predicate.
        name: The file that holds the statement, for the errors.

    Raises:
        Broken: It is no statement, one of another type, or its values are not of the types that they must have.
    """
    document = loaded(payload, name)
    keys = {"_type", "subject", "predicateType", "predicate"}
    if document.keys() != keys or document["_type"] != STATEMENT_TYPE:
        raise Broken(f"{name}: is no in-toto statement v1")
    if document["predicateType"] != predicate_type:
        raise Broken(
            f"{name}: got the predicateType {str(document['predicateType'])[:100]!r}, expected {predicate_type}"
        )
    try:
        subject = msgspec.convert(document["subject"], tuple[Resource, ...])
        predicate = msgspec.convert(document["predicate"], type_)
    except msgspec.ValidationError as error:
        raise Broken(f"{name}: {error}") from error
    names = [each.name for each in subject]
    if not names or len(set(names)) < len(names):
        raise Broken(f"{name}: the statement has no subject, or one of them twice")
    return subject, predicate
