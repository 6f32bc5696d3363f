"""The names by which uv.lock's markers ask what is activated: `extra-4-proj-cpu`, `group-4-proj-dev`, `project-4-proj`.

uv writes them where extras, groups or projects are declared to be in conflict; the number is the length of the name of
the package, without which `a-b` and `c` could not be told from `a` and `b-c` (uv 0.13.9, `conflicts` in uv.lock).
"""

from __future__ import annotations

import re

_FORM = re.compile(r"(?P<kind>extra|group|project)-(?P<length>[0-9]{1,4})-(?P<rest>.+)")


def extra_name(package: str, extra: str) -> str:
    """Return the name of an extra of a package."""
    return f"extra-{len(package)}-{package}-{extra}"


def group_name(package: str, group: str) -> str:
    """Return the name of a dependency group of a project."""
    return f"group-{len(package)}-{package}-{group}"


def project_name(package: str) -> str:
    """Return the name of a project as a whole."""
    return f"project-{len(package)}-{package}"


def in_words(name: str) -> str:
    """Return what people call it: `extra cpu of proj`, `group dev of proj`, `project proj`."""
    found = _FORM.fullmatch(name)
    if found is None:
        return name
    length = int(found["length"])
    package, item = found["rest"][:length], found["rest"][length + 1 :]
    return f"{found['kind']} {item} of {package}" if item else f"{found['kind']} {package}"
