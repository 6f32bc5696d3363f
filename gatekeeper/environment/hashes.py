"""Artifact hashes: `sha256:<hex>` read and validated."""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import attrgetter

from gatekeeper.environment.facts import Hash

# Length of the hex digest. The first three are too weak for a lock; to say so is for a check, to read them for us.
HEX_DIGITS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
_HEX = re.compile(r"[0-9A-Fa-f]+")


class MalformedHash(ValueError):
    """What stands where a hash belongs is none: an unknown algorithm, a wrong length, a character that is not hex."""


def parse_hash(text: str, file: str = "") -> Hash:
    """Return the hash that `algorithm:hex` spells, of a file if its name is known.

    Raises:
        MalformedHash: The algorithm is unknown, or the digest has a wrong length or a character that is not hex; the
            message says what was got and what was expected.
    """
    algorithm, colon, digest = text.partition(":")
    digits = HEX_DIGITS.get(algorithm)
    if not colon or digits is None:
        raise MalformedHash(f"got the hash algorithm {algorithm[:40]!r}, expected one of {', '.join(HEX_DIGITS)}")
    if len(digest) != digits:
        raise MalformedHash(f"got a {algorithm} hash of {len(digest)} characters, expected {digits} hex digits")
    if _HEX.fullmatch(digest) is None:
        odd = next(character for character in digest if _HEX.fullmatch(character) is None)
        raise MalformedHash(f"got {odd!r} in a {algorithm} hash, expected hex digits only")
    return Hash(algorithm=algorithm, digest=digest.lower(), file=file)


def distinct(hashes: Iterable[Hash]) -> tuple[Hash, ...]:
    """Return the hashes sorted, each once."""
    return tuple(sorted(set(hashes), key=attrgetter("algorithm", "digest")))
