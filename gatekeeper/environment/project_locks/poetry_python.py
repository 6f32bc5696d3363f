"""Poetry's own language for versions of Python, as specifiers of PEP 440.

Poetry's documentation, "Dependency specification": `^3.11` allows what keeps the leftmost number that is not zero,
`~3.11` what keeps the second number, `3.11.*` and `3.11` what they say, `||` separates alternatives.
"""

from __future__ import annotations

import re

from gatekeeper.environment.project_locks.toml import Table

_PART = re.compile(r"(?P<operator>\^|~=|~|===?|!=|<=|<|>=|>)?[ ]*(?P<version>[0-9]+(?:\.[0-9]+){0,3}(?:\.\*)?)")
_SEPARATORS = re.compile(r"[ ]*,[ ]*|(?<=[0-9*])[ ]+(?=[\^~=!<>])")


def specifiers_of(text: str, table: Table) -> tuple[str, ...]:
    """Return the alternatives, each a specifier; `""` for any version.

    Raises:
        Unreadable: A part is none that Poetry writes.
    """
    return tuple(_alternative(each.strip(), table) for each in re.split(r"\|\|?", text))


def _alternative(text: str, table: Table) -> str:
    return "" if text == "*" else ",".join(_part(each, table) for each in _SEPARATORS.split(text))


def _part(text: str, table: Table) -> str:
    found = _PART.fullmatch(text)
    if found is None:
        raise table.error(
            f"got {text[:40]!r} among the Python versions, expected such as >=3.10 or ^3.11", literal=text
        )
    operator, version = found["operator"] or "==", found["version"]
    if operator not in {"^", "~"}:
        return f"{operator}{version}"
    numbers = [int(each) for each in version.removesuffix(".*").split(".")]
    kept = _caret(numbers) if operator == "^" else min(2, len(numbers))
    above = ".".join(str(each) for each in (*numbers[: kept - 1], numbers[kept - 1] + 1))
    return f">={version},<{above}"


def _caret(numbers: list[int]) -> int:
    """Return how many of the first numbers stay: those up to the first that is not zero."""
    return next((place for place, number in enumerate(numbers, start=1) if number), len(numbers))
