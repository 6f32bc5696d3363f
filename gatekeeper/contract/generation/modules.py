"""Python modules put together: a docstring, the imports that are used, and the sections after each other."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

Imports = Mapping[str, Iterable[str]]


def merged(*imports: Imports) -> dict[str, set[str]]:
    """Return what all of them import; an empty name stands for the module itself."""
    found: dict[str, set[str]] = {}
    for each in imports:
        for module, names in each.items():
            found.setdefault(module, set()).update(names)
    return found


def import_lines(imports: Imports) -> list[str]:
    """Return the import statements in the order of isort: the standard library, then what is installed."""
    blocks: list[list[str]] = []
    for standard in (True, False):
        modules = sorted(name for name in imports if (name.partition(".")[0] in sys.stdlib_module_names) is standard)
        plain = [f"import {module}" for module in modules if "" in imports[module]]
        chosen = [_from(module, sorted(set(imports[module]) - {""}, key=_as_isort)) for module in modules]
        lines = [*plain, *(line for line in chosen if line)]
        if lines:
            blocks.append(lines)
    return "\n\n".join("\n".join(block) for block in blocks).splitlines()


def _as_isort(name: str) -> tuple[int, str]:
    """Return the key of isort: constants, then classes, then the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2, name)


def _from(module: str, names: list[str]) -> str:
    if not names:
        return ""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= 120:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


def module(docstring: str, imports: Imports, sections: Iterable[str]) -> str:
    """Return the source of a module; sections are separated by two empty lines."""
    head = [f'"""{docstring}"""', "", "from __future__ import annotations", ""]
    body = "\n\n\n".join(section.strip("\n") for section in sections if section.strip())
    gap = [""] if body.startswith(("class ", "def ", "@")) else []
    return "\n".join([*head, *import_lines(imports), *gap, ""]) + f"\n{body}\n"
