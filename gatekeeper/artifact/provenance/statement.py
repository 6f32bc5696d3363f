"""The list of a model's files as OpenSSF model-signing signs it: in-toto Statement v1, its own predicate.

Checked against model-signing 1.1.1 (`model_signing/_signing/signing.py`, class `Payload`): the resources are sorted by
path, and the subject's digest is the sha256 of the resources' digests, as bytes, one after the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from gatekeeper.artifact.provenance.folders import Listing

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://model_signing/signature/v1.0"
SINGLE = "."
"""How the one file of a model that is no folder is called in its list; the subject has its name."""


def root_digest(digests: Iterable[str]) -> str:
    """Return the digest of a whole model from those of its resources, in their order."""
    return hashlib.sha256(b"".join(bytes.fromhex(each) for each in digests)).hexdigest()


def write_statement(listing: Listing) -> bytes:
    """Return the statement over a model's files as JSON: keys sorted, indented by one, a newline at the end.

    Args:
        listing: Of whole files, without shards.
    """
    document: dict[str, Any] = {
        "_type": STATEMENT,
        "subject": [{"name": listing.name, "digest": {"sha256": root_digest(each.sha256 for each in listing.files)}}],
        "predicateType": PREDICATE,
        "predicate": {
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
                "ignore_paths": list(listing.ignored),
            },
            "resources": [
                {"name": SINGLE if listing.single else each.name, "algorithm": "sha256", "digest": each.sha256}
                for each in listing.files
            ],
        },
    }
    return f"{json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False)}\n".encode()
