"""Ed25519 keys in PEM, as openssl writes them. The one module that needs `cryptography`, the extra `sign`.

A key's id is the sha256 of its public half as SubjectPublicKeyInfo in DER: the same for every tool and encoding.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gatekeeper.errors import UsageError
from gatekeeper.signoff.errors import Broken

MAKE = "make a pair: openssl genpkey -algorithm ed25519 -out key.pem; openssl pkey -in key.pem -pubout -out key.pub"

LARGEST = 64 * 1024
"""Bytes of a file that may hold a key."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key; two are equal where their bytes are."""

    der: bytes
    _key: Ed25519PublicKey = field(repr=False, compare=False)

    @property
    def id(self) -> str:
        """The key's id, 64 hexadecimal digits."""
        return hashlib.sha256(self.der).hexdigest()

    def signed(self, data: bytes, signature: bytes) -> bool:
        """Return whether the holder of the private half signed these bytes."""
        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and its public half."""

    public: PublicKey
    _key: Ed25519PrivateKey = field(repr=False, compare=False)

    def sign(self, data: bytes) -> bytes:
        """Return the signature of these bytes, 64 of them; the same for the same bytes."""
        return self._key.sign(data)


def is_encrypted(pem: bytes) -> bool:
    """Return whether a private key in PEM asks for a passphrase."""
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in pem or b"Proc-Type: 4,ENCRYPTED" in pem


def private_key(pem: bytes, name: str, passphrase: bytes | None = None) -> SigningKey:
    """Return the private key in a file.

    Args:
        pem: The file's bytes.
        name: The file, for the errors.
        passphrase: Of an encrypted key.

    Raises:
        UsageError: It is no Ed25519 private key in PEM, or the passphrase is wrong.
    """
    if b"-----BEGIN PUBLIC KEY-----" in pem:
        raise UsageError(f"{name} is a public key, expected the private one of the pair", fix=MAKE)
    wanted = passphrase if is_encrypted(pem) else None
    try:
        key = serialization.load_pem_private_key(pem, wanted)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if wanted is not None:
            fix = "give the passphrase with which it was encrypted: --key-password-file FILE"
            raise UsageError(f"{name} can't be opened with this passphrase", fix=fix) from error
        raise UsageError(f"{name} is no private key in PEM (PKCS#8)", fix=MAKE) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{name} is a private key of another kind, expected Ed25519", fix=MAKE)
    return SigningKey(_public(key.public_key()), key)


def public_key(pem: bytes, name: str) -> PublicKey:
    """Return the public key in a file.

    Raises:
        UsageError: It is no Ed25519 public key in PEM.
    """
    if b"PRIVATE KEY-----" in pem:
        fix = "openssl pkey -in KEY -pubout -out key.pub, and keep the private key where it signs"
        raise UsageError(f"{name} is a private key, expected the public one of the pair", fix=fix)
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{name} is no public key in PEM", fix=MAKE) from error
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{name} is a public key of another kind, expected Ed25519", fix=MAKE)
    return _public(key)


def named_key(der: bytes, where: str) -> PublicKey:
    """Return the public key that a statement names. That it is named there says nothing of whom it belongs to.

    Raises:
        Broken: It is none.
    """
    try:
        key = serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Broken(f"{where}: signer.publicKey is no public key") from error
    if not isinstance(key, Ed25519PublicKey) or _public(key).der != der:
        raise Broken(f"{where}: signer.publicKey is no Ed25519 key")
    return _public(key)


def _public(key: Ed25519PublicKey) -> PublicKey:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(der, key)
