"""One signed statement as a file: a sigstore bundle v0.3 with a DSSE envelope and the id of a public key.

Bundles are read strictly: a file is one only if its bytes are those that `write` gives for what it says. So no byte of
it can be changed without notice, not even where a signature does not reach: white space, a spare key, a second payload.
A bundle with a certificate, by sigstore, holds more than `write` knows: what of it no signature reaches is held against
sigstore's own reading in `keyless`.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from gatekeeper import strict_json
from gatekeeper.dsse import BUNDLE_TYPE, PAYLOAD_TYPE, signed_bytes
from gatekeeper.signoff.errors import Broken

SIGNATURE_BYTES = 64
"""Of an Ed25519 signature."""

_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload, its signature, and who is said to have made it. Nothing of it is verified.

    Attributes:
        key_id: of the key; empty where a certificate names the signer.
        certificate: of the signer, in DER; empty where a key signed.
    """

    payload: bytes
    signature: bytes
    key_id: str = ""
    certificate: bytes = b""

    @property
    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return signed_bytes(self.payload)


def write(envelope: Envelope) -> bytes:
    """Return a bundle as JSON, indented by one, a newline at the end."""
    document = {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": {"publicKey": {"hint": envelope.key_id}, "tlogEntries": []},
        "dsseEnvelope": {
            "payload": base64.b64encode(envelope.payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": base64.b64encode(envelope.signature).decode(), "keyid": envelope.key_id}],
        },
    }
    return canonical(document)


def canonical(document: dict[str, Any]) -> bytes:
    """Return a document in the one form in which bundles are written."""
    return f"{json.dumps(document, indent=1)}\n".encode()


def read(data: bytes, name: str) -> Envelope:
    """Return what a bundle says.

    Args:
        data: The file's bytes.
        name: The file's name, for the errors.

    Raises:
        Broken: The bytes are not those of a bundle that `write` gives.
    """
    document = loaded(data, name)
    envelope = _part(document, "dsseEnvelope", dict, name)
    _expect(document, "mediaType", BUNDLE_TYPE, name)
    _expect(envelope, "payloadType", PAYLOAD_TYPE, name)
    signatures = _part(envelope, "signatures", list, name)
    if len(signatures) != 1 or not isinstance(signatures[0], dict):
        raise Broken(f"{name}: got {len(signatures)} signatures, expected one")
    material = _part(document, "verificationMaterial", dict, name)
    payload, signature = _decoded(envelope, "payload", name), _decoded(signatures[0], "sig", name)
    if "certificate" in material:
        certificate = _decoded(_part(material, "certificate", dict, name), "rawBytes", name)
        read_ = Envelope(payload=payload, signature=signature, certificate=certificate)
        written = canonical(document)
    else:
        if len(signature) != SIGNATURE_BYTES:
            raise Broken(f"{name}: got a signature of {len(signature)} bytes, expected {SIGNATURE_BYTES}")
        read_ = Envelope(payload=payload, signature=signature, key_id=_part(signatures[0], "keyid", str, name))
        written = write(read_)
    if written != data:
        raise Broken(f"{name}: the file is not in the form in which it was written")
    return read_


def loaded(data: bytes, name: str) -> dict[str, Any]:
    """Return the JSON object that is a whole document.

    Raises:
        Broken: It is no UTF-8, no JSON, has a key twice, or is no object.
    """
    try:
        document = strict_json.loads(data.decode())
    except (ValueError, RecursionError) as error:  # no UTF-8, no JSON, a key twice, a number that JSON has not
        raise Broken(f"{name}: is no JSON that can be read in one way: {error}") from error
    if not isinstance(document, dict):
        raise Broken(f"{name}: got JSON that is no object")
    return document


def _part(document: dict[str, Any], key: str, kind: type[Any], name: str) -> Any:
    found = document.get(key)
    if not isinstance(found, kind):
        raise Broken(f"{name}: there is no {key}, or it is of another type")
    return found


def _expect(document: dict[str, Any], key: str, expected: str, name: str) -> None:
    found = _part(document, key, str, name)
    if found != expected:
        raise Broken(f"{name}: got the {key} {found[:_SHOWN]!r}, expected {expected}")


def _decoded(document: dict[str, Any], key: str, name: str) -> bytes:
    try:
        return base64.b64decode(_part(document, key, str, name), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Broken(f"{name}: {key} is no base64") from error
