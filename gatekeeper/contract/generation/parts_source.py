"""The parts of every guard, read as source: what they import of each other falls away, and one module is left."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

_PACKAGE: Final = "gatekeeper.contract.generation.parts"
ORDER: Final = ("operators", "answers", "counting", "windows", "breaker", "outputs", "exposition", "guard")
"""Each part uses those before it."""


_SUPPRESSION: Final = re.compile(r"  # noqa: .*")
"""Which rules of a linter are in force where the guard runs is not known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: what it is, what it imports, and its source without both."""

    title: str
    imports: dict[str, set[str]]
    source: str


@cache
def parts() -> tuple[Part, ...]:
    """Return all parts in order."""
    folder = resources.files(_PACKAGE)
    return tuple(_part(folder.joinpath(f"{name}.py").read_text("utf-8")) for name in ORDER)


def _part(source: str) -> Part:
    tree = ast.parse(source)
    imports: dict[str, set[str]] = {}
    first = len(source.splitlines())
    for node in tree.body[1:]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                imports.setdefault(alias.name, set()).add("")
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if module != "__future__" and not module.startswith(_PACKAGE):
                imports.setdefault(module, set()).update(alias.name for alias in node.names)
        else:
            first = min(first, node.lineno - 1 - len(getattr(node, "decorator_list", [])))
    title = (ast.get_docstring(tree) or "").splitlines()[0]
    body = "\n".join(_SUPPRESSION.sub("", line) for line in source.splitlines()[first:])
    return Part(title=title, imports=imports, source=body)
