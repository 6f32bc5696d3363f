"""What a DSSE signature is over, and what the documents around it are called: for all that signs or verifies.

DSSE v1 signs a payload with its type, each behind its length ("Pre-Authentication Encoding"), so that no payload can be
taken for one of another type. The documents are in-toto statements in sigstore bundles of version 0.3.
"""

from __future__ import annotations

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"


def signed_bytes(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Return the bytes that a signature of a payload is over."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
