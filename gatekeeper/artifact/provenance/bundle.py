"""A bundle of OpenSSF model-signing: which files were signed, with which digests, and what the signature is.

It is a sigstore bundle v0.3 with a DSSE envelope around an in-toto statement. Reading one verifies nothing: see
`gatekeeper.artifact.provenance.signatures`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

from gatekeeper import dsse
from gatekeeper.artifact.provenance.names import flaw_of, is_plain, quoted
from gatekeeper.artifact.provenance.parts import Part, parse_object, read_object
from gatekeeper.artifact.provenance.statement import PREDICATE, SINGLE, STATEMENT, root_digest
from gatekeeper.errors import Unreadable

_WHAT = "model-signing bundle"
_SIGN_AGAIN = "sign the model again: model_signing sign key MODEL --private_key KEY (model-signing 1.0 or newer)"
_SHARD = re.compile(r"(?P<name>.+):(?P<start>[0-9]{1,18}):(?P<end>[0-9]{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedSpan:
    """The sha256 that was signed of a file's bytes from `start` up to `end`; of the whole file where `end` is None."""

    sha256: str
    start: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFile:
    """A file that was signed: relative to the model's folder, with `/`."""

    name: str
    spans: tuple[SignedSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a bundle says. None of it is verified.

    Attributes:
        model: The name of the folder or file that was signed.
        files: In the order of the bundle.
        single: Whether the model is one file and no folder.
        shard_size: In bytes, where the digests are of shards; None where they are of whole files.
        ignored: The paths that were left out, relative to the folder.
        signer: The key or certificate that the bundle names, as text.
        key_hint: The sha256 of the public key in PEM that the bundle names; empty where it names none.
        payload: The signed statement itself, base64.
        signature: Over the payload, base64.
    """

    model: str
    files: tuple[SignedFile, ...]
    single: bool
    shard_size: int | None
    ignored: tuple[str, ...]
    signer: str
    key_hint: str
    payload: str
    signature: str


def read_bundle(stream: BinaryIO) -> Bundle:
    """Return what a model-signing bundle says.

    Raises:
        Unreadable: It is larger than 4 MiB or no JSON, of another media, payload or predicate type, without files,
            signed by none or several, its digests are no sha256, or they don't make the digest of the whole model.
    """
    document = read_object(stream, _WHAT, _SIGN_AGAIN)
    document.text("mediaType", re.escape(dsse.BUNDLE_TYPE), repr(dsse.BUNDLE_TYPE))
    envelope = document.part("dsseEnvelope")
    envelope.text("payloadType", re.escape(dsse.PAYLOAD_TYPE), repr(dsse.PAYLOAD_TYPE))
    signatures = envelope.parts("signatures")
    if len(signatures) != 1:
        envelope.refuse("signatures", f"got {len(signatures)}, expected one")
    _decoded(signatures[0], "sig")
    signer, hint = _signer(document.part("verificationMaterial"))
    statement = parse_object(_decoded(envelope, "payload"), "in-toto statement", _SIGN_AGAIN)
    return _bundle(
        statement,
        signer=signer,
        key_hint=hint,
        payload=envelope.values["payload"],
        signature=signatures[0].values["sig"],
    )


def _bundle(statement: Part, *, signer: str, key_hint: str, payload: str, signature: str) -> Bundle:
    statement.text("_type", re.escape(STATEMENT), repr(STATEMENT))
    statement.text("predicateType", re.escape(PREDICATE), repr(PREDICATE))
    subjects = statement.parts("subject")
    if len(subjects) != 1:
        statement.refuse("subject", f"got {len(subjects)}, expected the one model")
    predicate = statement.part("predicate")
    shard_size, ignored = _serialization(predicate.part("serialization"))
    resources = predicate.parts("resources")
    if not resources:
        predicate.refuse("resources", "got an empty list, expected the files of the model")
    expected = subjects[0].part("digest").sha256()
    found = root_digest(each.sha256("digest") for each in resources)
    if found != expected:
        what = f"got {found} from the resources' digests, expected {expected}, the subject's"
        predicate.refuse("resources", what)
    model = subjects[0].text("name")
    files = _files(resources, shard_size)
    single = files[0].name == SINGLE
    if single and (flaw_of(model) or "/" in model):
        subjects[0].refuse("name", f"got {quoted(model)}, expected the name of the one file that was signed")
    return Bundle(
        model=model,
        files=(SignedFile(name=model, spans=files[0].spans),) if single else files,
        single=single,
        shard_size=shard_size,
        ignored=ignored,
        signer=signer,
        key_hint=key_hint,
        payload=payload,
        signature=signature,
    )


def _serialization(part: Part) -> tuple[int | None, tuple[str, ...]]:
    method = part.text("method", "files|shards", "files or shards")
    part.text("hash_type", "sha256", "sha256, the one that is read here")
    shard_size = part.count("shard_size") if method == "shards" else None
    if shard_size == 0:
        part.refuse("shard_size", "got 0, expected the bytes of a shard")
    ignored = part.items("ignore_paths") if "ignore_paths" in part else []
    if not all(isinstance(each, str) and each and is_plain(each) for each in ignored):
        part.refuse("ignore_paths", "got more than paths, expected paths relative to the model")
    return shard_size, tuple(ignored)


def _files(resources: tuple[Part, ...], shard_size: int | None) -> tuple[SignedFile, ...]:
    spans: dict[str, list[SignedSpan]] = {}
    algorithm = "sha256" if shard_size is None else f"sha256-sharded-{shard_size}"
    for each in resources:
        each.text("algorithm", re.escape(algorithm), repr(algorithm))
        name, span = _resource(each, shard_size)
        known = spans.setdefault(name, [])
        if (known[-1].end if known else 0) != span.start:
            each.refuse("name", f"{quoted(each.values['name'])} stands there twice, or does not follow the one before")
        known.append(span)
    if SINGLE in spans and len(spans) > 1:
        resources[0].refuse("name", f"got {SINGLE!r}, a model of one file, beside other files")
    return tuple(SignedFile(name=name, spans=tuple(each)) for name, each in spans.items())


def _resource(part: Part, shard_size: int | None) -> tuple[str, SignedSpan]:
    name = part.data("name", "a path relative to the model")
    start, end = 0, None
    if shard_size is not None:
        shard = _SHARD.fullmatch(name)
        if shard is None:
            part.refuse("name", f"got {quoted(name)}, expected path:start:end, a shard")
        name, start, end = shard["name"], int(shard["start"]), int(shard["end"])
        if not start < end <= start + shard_size:
            part.refuse("name", f"got bytes {start} to {end}, expected a shard of at most {shard_size}")
    flaw = flaw_of(name) if name != SINGLE else ""
    if flaw:
        part.refuse("name", f"{quoted(name)} {flaw}, expected a path relative to the model, in its folder")
    return name, SignedSpan(sha256=part.sha256("digest"), start=start, end=end)


def _signer(material: Part) -> tuple[str, str]:
    """Return who signed, as text, and the hint at the public key, if there is one."""
    if "publicKey" in material:
        key = material.part("publicKey")
        hint = key.sha256("hint") if "hint" in key and key.values["hint"] is not None else ""
        return (f"the public key sha256:{hint}" if hint else "a public key that it does not name"), hint
    if "x509CertificateChain" in material:
        chain = material.part("x509CertificateChain").parts("certificates")
        if not chain:
            material.refuse("x509CertificateChain", "got no certificate, expected the signer's")
        return _certificate(chain[0]), ""
    return _certificate(material.part("certificate")), ""


def _certificate(part: Part) -> str:
    return f"the certificate sha256:{hashlib.sha256(_decoded(part, 'rawBytes')).hexdigest()}"


def _decoded(part: Part, key: str) -> bytes:
    try:
        return base64.b64decode(part.data(key, "base64"), validate=True)
    except (binascii.Error, ValueError) as error:  # ValueError: it holds a character that is not ASCII
        raise Unreadable(f"{part.place(key)}: is no base64: {error}", fix=_SIGN_AGAIN) from error


def signed_bytes(bundle: Bundle) -> bytes:
    """Return the bytes that the signature is over."""
    return dsse.signed_bytes(base64.b64decode(bundle.payload))
