"""The structures that compiled code declares for array elements, read from the `.pxd` files beside it.

scikit-learn ships these declarations with its wheels. Code compiled by Cython takes an array of structured elements
only where the kind and width of each field are those of the structure that it was compiled for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gatekeeper.artifact.prospects.sources import Source

_STRUCT = re.compile(r"^(?:cdef|ctypedef)\s+(?:packed\s+)?struct\s+(\w+)\s*:(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s+([\w.][\w. ]*?)\s+(\w+)\s*(?:#.*)?$", re.MULTILINE)
_ALIAS = re.compile(r"^ctypedef\s+([\w.][\w. ]*?)\s+(\w+)\s*(?:#.*)?$", re.MULTILINE)

_C_TYPES: Mapping[str, str] = {
    "signed char": "int8",
    "unsigned char": "uint8",
    "bint": "int32",
    "short": "int16",
    "unsigned short": "uint16",
    "int": "int32",
    "signed int": "int32",
    "unsigned int": "uint32",
    "long long": "int64",
    "signed long long": "int64",
    "unsigned long long": "uint64",
    "Py_ssize_t": "int64",
    "intp_t": "int64",
    "SIZE_t": "int64",
    "float": "float32",
    "double": "float64",
    "bool_t": "uint8",
    **{f"{kind}{bits}_t": f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)},
    **{f"float{bits}_t": f"float{bits}" for bits in (32, 64)},
}
"""Types of C by the names that numpy gives them, on machines of 64 bits. `long`, whose width differs, is left out."""

_LONGEST_CHAIN = 5
"""Type aliases that are followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Struct:
    """A declared structure: its fields and their element types; "" for one that is not understood."""

    name: str
    path: str
    line: int
    fields: tuple[tuple[str, str], ...]


def structs_beside(source: Source) -> tuple[Struct, ...]:
    """Return the structures that the declaration files in a module's folder declare.

    Raises:
        Unreadable: one of the files can't be read.
    """
    if source.place is None:
        return ()
    folder = source.path.rpartition("/")[0] + "/"
    files = [name for name in source.place.names(folder) if name.endswith(".pxd")]
    found: list[Struct] = []
    for name in sorted(files):
        text = source.place.read(folder + name).decode("utf-8", "replace")
        found += _declared(text, folder + name)
    return tuple(found)


def _declared(text: str, path: str) -> list[Struct]:
    aliases = {match[2]: match[1] for match in _ALIAS.finditer(text)}
    return [
        Struct(
            name=match[1],
            path=path,
            line=text.count("\n", 0, match.start()) + 1,
            fields=tuple((field[2], _element(field[1], aliases)) for field in _FIELD.finditer(match[2])),
        )
        for match in _STRUCT.finditer(text)
    ]


def _element(declared: str, aliases: Mapping[str, str]) -> str:
    name = declared.strip()
    for _ in range(_LONGEST_CHAIN):
        plain = name.rpartition(".")[2].removeprefix("npy_")
        known = _C_TYPES.get(name) or _C_TYPES.get(plain) or _C_TYPES.get(f"{plain}_t")
        if known is not None:
            return known
        name = aliases.get(plain, "")
    return ""
