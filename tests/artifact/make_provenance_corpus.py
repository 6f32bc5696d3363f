"""Writes provenance_corpus: a small model, and bundles over it that model-signing made.

`PYTHON tests/artifact/make_provenance_corpus.py`, with an interpreter that has model-signing, pyopenssl and
cryptography. The corpus was made by model-signing 1.1.1 and cryptography 50.0.2 on Python 3.11. Keys are made anew each
time, and only the public ones are kept.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from model_signing import hashing, signing

HOME = Path(__file__).parent / "provenance_corpus"
MODEL = HOME / "model"
CONTENT = {
    "model.joblib": b"weights of a model",
    "a name with spaces": b"b",
    "empty": b"",
    "sub/weights": b"0123456789ab",
    "sub-x": b"x",
    "sub.txt": b"text",
    ".hidden": b"h",
}
CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}


def key_pair(folder: Path, name: str, curve: ec.EllipticCurve) -> tuple[ec.EllipticCurvePrivateKey, Path]:
    key = ec.generate_private_key(curve)
    path = folder / f"{name}.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (HOME / f"{name}.pub").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return key, path


def certificate(key: ec.EllipticCurvePrivateKey, folder: Path) -> Path:
    """Write a certificate of its own, which may sign."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "model signer of the tests")])
    usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    usage |= {"key_cert_sign": True, "crl_sign": False, "encipher_only": False, "decipher_only": False}
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start.replace(year=2046))
    builder = builder.add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
    path = folder / "certificate.pem"
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return path


def make(folder: Path) -> None:
    for name, content in CONTENT.items():
        path = MODEL / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, curve in CURVES.items():
        key, private = key_pair(folder, name, curve)
        config = signing.Config().use_elliptic_key_signer(private_key=private)
        config.sign(MODEL, HOME / f"{name}.sig")
        if name == "p256":
            config.sign(MODEL / "model.joblib", HOME / "single.sig")
            config.set_hashing_config(hashing.Config().use_shard_serialization(shard_size=5))
            config.sign(MODEL, HOME / "shards.sig")
            config.set_hashing_config(hashing.Config().set_ignored_paths(paths=["sub", "empty"]))
            config.sign(MODEL, HOME / "ignoring.sig")
            config.set_hashing_config(hashing.Config().use_file_serialization(hashing_algorithm="blake3"))
            config.sign(MODEL, HOME / "blake3.sig")
            signed = certificate(key, folder)
            certified = signing.Config().use_certificate_signer(
                private_key=private, signing_certificate=signed, certificate_chain=[signed]
            )
            certified.sign(MODEL, HOME / "certificate.sig")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        make(Path(temporary))
