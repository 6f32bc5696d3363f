"""A sigstore of our own on this machine: an authority, its log of certificates, and a log of signatures.

sigstore's real client speaks to it over HTTP and verifies all that it answers: certificates with a signed timestamp of
the log, entries with proof, checkpoint and promise. It believes any token; a real one does not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ISSUER = "https://issuer.example"
FULCIO_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
TIMESTAMPS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
SHA256 = ec.ECDSA(hashes.SHA256())


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def der(key: ec.EllipticCurvePrivateKey) -> bytes:
    public = key.public_key()
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def token(identity: str) -> str:
    """Return an OIDC token; nobody here looks at its signature."""
    now = int(datetime.now(UTC).timestamp())
    claims = {"iss": ISSUER, "aud": "sigstore", "sub": identity, "iat": now, "exp": now + 600}
    parts = (json.dumps({"alg": "RS256", "typ": "JWT"}).encode(), json.dumps(claims).encode(), b"none")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


class Sigstore:
    """The keys of the three services, and what they answer."""

    def __init__(self) -> None:
        self.authority, self.certificates, self.entries = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a local authority")])
        now = datetime.now(UTC)
        self.root = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.authority.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage(certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.authority.public_key()), critical=False)
            .sign(self.authority, hashes.SHA256())
        )

    def certificate(self, request: x509.CertificateSigningRequest, identity: str) -> x509.Certificate:
        """Return a certificate for an identity, in which the log of certificates has signed its timestamp."""
        now = datetime.now(UTC).replace(microsecond=0)
        key = self.authority.public_key()
        issuer = ISSUER.encode()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.root.subject)
            .public_key(request.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(seconds=5))
            .not_valid_after(now + timedelta(minutes=10))
            .add_extension(usage(certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(identity)]), critical=True)
            .add_extension(
                x509.UnrecognizedExtension(FULCIO_ISSUER, bytes((0x0C, len(issuer))) + issuer), critical=False
            )
        )
        before = builder.sign(self.authority, hashes.SHA256()).tbs_certificate_bytes
        stamp = int(now.timestamp() * 1000)
        entry = hashlib.sha256(der(self.authority)).digest() + len(before).to_bytes(3) + before
        signature = self.certificates.sign(struct.pack("!BBQH", 0, 0, stamp, 1) + entry + b"\0\0", SHA256)
        log = hashlib.sha256(der(self.certificates)).digest()
        stamped = b"\0" + log + struct.pack("!QHBBH", stamp, 0, 4, 3, len(signature)) + signature
        listed = struct.pack("!HH", len(stamped) + 2, len(stamped)) + stamped
        value = bytes((0x04, 0x81, len(listed))) if len(listed) > 127 else bytes((0x04, len(listed)))
        extension = x509.UnrecognizedExtension(TIMESTAMPS, value + listed)
        return builder.add_extension(extension, critical=False).sign(self.authority, hashes.SHA256())

    def entry(self, proposed: dict[str, Any]) -> dict[str, Any]:
        """Return the entry of an envelope, in a log that holds no other."""
        content = proposed["spec"]["proposedContent"]
        envelope = json.loads(content["envelope"])
        payload = base64.b64decode(envelope["payload"])
        body = json.dumps(
            {
                "apiVersion": "0.0.1",
                "kind": "dsse",
                "spec": {
                    "envelopeHash": sha256(content["envelope"].encode()),
                    "payloadHash": sha256(payload),
                    "signatures": [
                        {"signature": envelope["signatures"][0]["sig"], "verifier": content["verifiers"][0]}
                    ],
                },
            }
        ).encode()
        log, root = hashlib.sha256(der(self.entries)), hashlib.sha256(b"\0" + body).digest()
        made = {
            "body": b64(body),
            "integratedTime": int(datetime.now(UTC).timestamp()),
            "logID": log.hexdigest(),
            "logIndex": 0,
        }
        promise = self.entries.sign(json.dumps(made, sort_keys=True, separators=(",", ":")).encode(), SHA256)
        note = f"log.example - 1\n1\n{b64(root)}\n"
        signed = b64(log.digest()[:4] + self.entries.sign(note.encode(), SHA256))
        proof = {
            "logIndex": 0,
            "rootHash": root.hex(),
            "treeSize": 1,
            "hashes": [],
            "checkpoint": f"{note}\n\u2014 log.example {signed}\n",
        }
        return made | {"verification": {"inclusionProof": proof, "signedEntryTimestamp": b64(promise)}}

    def trusted_root(self) -> dict[str, Any]:
        """Return what a verifier must have of this sigstore."""
        since = {"start": "2020-01-01T00:00:00Z"}

        def log(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
            public = {"rawBytes": b64(der(key)), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": since}
            name = {"keyId": b64(hashlib.sha256(der(key)).digest())}
            return {"baseUrl": "https://log.example", "hashAlgorithm": "SHA2_256", "publicKey": public, "logId": name}

        chain = {"certificates": [{"rawBytes": b64(self.root.public_bytes(serialization.Encoding.DER))}]}
        subject = {"organization": "example", "commonName": "a local authority"}
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(self.entries)],
            "certificateAuthorities": [
                {"subject": subject, "uri": "https://ca.example", "certChain": chain, "validFor": since}
            ],
            "ctlogs": [log(self.certificates)],
            "timestampAuthorities": [],
        }

    def trust_config(self, url: str) -> dict[str, Any]:
        """Return what a signer must have of this sigstore."""
        service = {
            "url": url,
            "majorApiVersion": 1,
            "validFor": {"start": "2020-01-01T00:00:00Z"},
            "operator": "example",
        }
        return {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": self.trusted_root(),
            "signingConfig": {
                "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                "caUrls": [service],
                "oidcUrls": [service],
                "rekorTlogUrls": [service],
                "rekorTlogConfig": {"selector": "ANY"},
                "tsaUrls": [],
                "tsaConfig": {"selector": "ANY"},
            },
        }


def usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def sha256(data: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}


@contextmanager
def running(folder: Path) -> Iterator[Sigstore]:
    """Run it while the block does; `trust-config.json` and `trusted-root.json` are in the folder."""
    sigstore = Sigstore()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/api/v2/signingCert":
                claims = self.headers["Authorization"].split(".")[1]
                identity = json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"]
                request = x509.load_pem_x509_csr(base64.b64decode(asked["certificateSigningRequest"]))
                made = (sigstore.certificate(request, identity), sigstore.root)
                pem = [each.public_bytes(serialization.Encoding.PEM).decode() for each in made]
                answer: dict[str, Any] = {"signedCertificateEmbeddedSct": {"chain": {"certificates": pem}}}
            else:
                answer = {"0" * 64: sigstore.entry(asked)}
            data = json.dumps(answer).encode()
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}"
    (folder / "trust-config.json").write_text(json.dumps(sigstore.trust_config(url)))
    (folder / "trusted-root.json").write_text(json.dumps(sigstore.trusted_root()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield sigstore
    finally:
        server.shutdown()
        server.server_close()
