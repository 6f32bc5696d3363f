"""Image references taken apart: registry, name, tag, digest."""

from __future__ import annotations

import re

from gatekeeper.environment.dockerfile.facts import Image, Pin

_DIGEST = re.compile(r"sha256:(?P<hex>[0-9a-f]{64})")
# As in `distribution/reference`: the first part is a host if it could be no part of a name on the default registry.
_HOST = re.compile(r"localhost|[A-Za-z0-9.-]*\.[A-Za-z0-9.-]*(?::[0-9]+)?|[A-Za-z0-9.-]+:[0-9]+")
_NAMED = re.compile(r"(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?")


def parse_image(text: str) -> Image:
    """Return the reference taken apart.

    Raises:
        ValueError: It is no image reference.
    """
    address, at, digest = text.partition("@")
    first, slash, rest = address.partition("/")
    registry = first if slash and _HOST.fullmatch(first) else None
    found = _NAMED.fullmatch(address if registry is None else rest)
    if found is None:
        raise ValueError("expected name:tag@sha256:<64 hex digits>, the name in lower case")
    written = digest if at else None
    return Image(
        written=text, registry=registry, name=found["name"], tag=found["tag"], digest=written, pin=_pin(written)
    )


def _pin(digest: str | None) -> Pin:
    if digest is None:
        return Pin.TAG
    found = _DIGEST.fullmatch(digest)
    if found is None:
        return Pin.MALFORMED
    return Pin.PLACEHOLDER if len(set(found["hex"])) == 1 else Pin.DIGEST
