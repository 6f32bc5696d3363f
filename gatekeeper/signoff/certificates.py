"""The certificate of a keyless signature: whom it names, and whether its key made a signature.

Whether the certificate itself is to be believed is asked in `keyless`, of sigstore: its roots and logs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gatekeeper.signoff.errors import Broken

_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
"""Who vouches for the identity: Fulcio's extension, a UTF8String in DER."""

_TEXT = 0x0C
_SHORT = 0x80


@dataclass(frozen=True, slots=True)
class Certified:
    """A signer by a certificate: an identity, such as an address or a workflow, and the issuer that vouches for it."""

    identity: str
    issuer: str
    der: bytes
    _key: ec.EllipticCurvePublicKey = field(repr=False, compare=False)

    @property
    def id(self) -> str:
        """The signer in words."""
        return f"{self.identity} (by {self.issuer})"

    def signed(self, data: bytes, signature: bytes) -> bool:
        """Return whether the holder of the certificate's key signed these bytes."""
        try:
            self._key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def certified(der: bytes, name: str) -> Certified:
    """Return the signer that a certificate names.

    Args:
        der: The certificate.
        name: The file that it is from, for the errors.

    Raises:
        Broken: It is no certificate of an elliptic curve's key, or names no signer, or several.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        issuer = certificate.extensions.get_extension_for_oid(_ISSUER).value
    except (ValueError, UnsupportedAlgorithm, x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise Broken(f"{name}: the certificate is none that sigstore issues") from error
    identities = [
        *names.get_values_for_type(x509.RFC822Name),
        *names.get_values_for_type(x509.UniformResourceIdentifier),
    ]
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(issuer, x509.UnrecognizedExtension):
        raise Broken(f"{name}: the certificate is none that sigstore issues")
    if len(identities) != 1 or len(names) != 1:
        raise Broken(f"{name}: the certificate names {len(identities)} signers, expected one")
    return Certified(identities[0], _text(issuer.value, name), der, key)


def _text(value: bytes, name: str) -> str:
    """Return the text of an UTF8String in DER."""
    length, start = (value[1], 2) if len(value) > 2 else (0, 0)
    if length & _SHORT:
        start += length & ~_SHORT
        length = int.from_bytes(value[2:start])
    if not start or value[0] != _TEXT or len(value) != start + length:
        raise Broken(f"{name}: the certificate's issuer is no text")
    return value[start:].decode("utf-8", "backslashreplace")
