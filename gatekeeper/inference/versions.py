"""The versions of torch at which its behaviour changed."""

from __future__ import annotations

import re

_RELEASE = re.compile(r"(\d+)\.(\d+)")


def precedes(version: str | None, release: tuple[int, int]) -> bool:
    """Return whether a version, `2.1.2+cu121`, is older than a release; False where it is not known.

    Major and minor decide: torch changes no behaviour in a patch. A pre-release of 2.6 has what 2.6 has.
    """
    match = _RELEASE.match(version or "")
    return match is not None and (int(match[1]), int(match[2])) < release
