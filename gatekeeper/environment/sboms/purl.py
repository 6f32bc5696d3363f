"""Package URLs, by which SBOMs say which package of which ecosystem a component is (purl 1.0)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

_PURL = re.compile(
    r"pkg:/*(?P<type>[A-Za-z][A-Za-z0-9.+-]*)/(?:(?P<namespace>[^@?#]*)/)?(?P<name>[^/@?#]+)"
    r"(?:@(?P<version>[^?#]*))?(?:\?(?P<qualifiers>[^#]*))?(?:#.*)?"
)


@dataclass(frozen=True, slots=True)
class PackageUrl:
    """One package URL, its parts decoded; `type` is the ecosystem, in lower case."""

    type: str
    name: str
    version: str
    qualifiers: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the parts.

        Raises:
            ValueError: It is no package URL.
        """
        found = _PURL.fullmatch(text)
        if found is None:
            raise ValueError(f"got {text[:100]!r}, expected a package URL such as pkg:pypi/numpy@2.3.1")
        pairs = (pair.partition("=") for pair in (found["qualifiers"] or "").split("&") if pair)
        return cls(
            type=found["type"].lower(),
            name=unquote(found["name"]),
            version=unquote(found["version"] or ""),
            qualifiers={key.lower(): unquote(value) for key, _, value in pairs},
        )
