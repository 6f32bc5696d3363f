"""Names of distributions and of their extras."""

from __future__ import annotations

import re

# PEP 508: letters, digits, and between them dot, hyphen and underscore; ASCII only, so that no look-alike is a name.
_NAME = re.compile(r"[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]")
_SEPARATORS = re.compile(r"[-_.]+")


def is_name(text: str) -> bool:
    """Return whether `text` is a distribution name by PEP 508."""
    return _NAME.fullmatch(text) is not None


def canonical_name(name: str) -> str:
    """Return the name by PEP 503: lower case, each run of `-`, `_` and `.` one hyphen."""
    return _SEPARATORS.sub("-", name).lower()
