"""The signature of a bundle, verified with a public key. The one module that needs `cryptography`.

ECDSA over P-256, P-384 and P-521 with SHA-256, SHA-384 and SHA-512, as model-signing signs with a key. Certificates are
not followed to their root: a bundle that has one is verified with the public key that whoever asks trusts.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from gatekeeper.artifact.provenance.bundle import Bundle, signed_bytes
from gatekeeper.errors import Unreadable, UsageError

_HASHES = {"secp256r1": "SHA256", "secp384r1": "SHA384", "secp521r1": "SHA512"}
_INSTALL = "install it beside the gate: python -m pip install cryptography; or verify with: model_signing verify key"
_OTHER_KEY = "name the public key of the pair that signed, in PEM: openssl ec -in KEY -pubout -out key.pub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What is known of a bundle's signature.

    Attributes:
        verified: Whether the key made it; None where nobody looked.
        by: The key, or why nobody looked.
    """

    verified: bool | None
    by: str


NOT_VERIFIED = Verification(verified=None, by="no public key was given")


def verify_signature(bundle: Bundle, public_key: bytes) -> Verification:
    """Return whether the holder of a key signed a bundle's payload.

    Args:
        bundle: The bundle.
        public_key: In PEM.

    Raises:
        UsageError: `cryptography` is not installed.
        Unreadable: The key is no public key in PEM, or none of ECDSA on a curve that model-signing uses.
    """
    try:
        # By name: mypy must not need what only this function does.
        exceptions = import_module("cryptography.exceptions")
        hashes = import_module("cryptography.hazmat.primitives.hashes")
        elliptic = import_module("cryptography.hazmat.primitives.asymmetric.ec")
    except ImportError as error:
        raise UsageError("a signature can't be verified without the package cryptography", fix=_INSTALL) from error
    key, fingerprint = _load(public_key, elliptic.EllipticCurvePublicKey)
    by = f"the public key sha256:{fingerprint} ({key.curve.name})"
    if bundle.key_hint not in {"", fingerprint}:
        return Verification(verified=False, by=by)
    algorithm = elliptic.ECDSA(getattr(hashes, _HASHES[key.curve.name])())
    try:
        key.verify(base64.b64decode(bundle.signature), signed_bytes(bundle), algorithm)
    except exceptions.InvalidSignature:
        return Verification(verified=False, by=by)
    return Verification(verified=True, by=by)


def _load(public_key: bytes, elliptic_key: type[Any]) -> tuple[Any, str]:
    """Return the key, and its fingerprint as bundles have it: the sha256 of its PEM."""
    exceptions = import_module("cryptography.exceptions")
    serialization = import_module("cryptography.hazmat.primitives.serialization")
    try:
        key = serialization.load_pem_public_key(public_key)
    except (ValueError, exceptions.UnsupportedAlgorithm) as error:
        raise Unreadable("is no public key in PEM", fix=_OTHER_KEY) from error
    if not isinstance(key, elliptic_key) or key.curve.name not in _HASHES:
        raise Unreadable("is no key of ECDSA on P-256, P-384 or P-521", fix=_OTHER_KEY)
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key, hashlib.sha256(pem).hexdigest()
