"""Who a generated file is of: the digest of the manifest, and names that Python takes."""

from __future__ import annotations

import builtins
import hashlib
import keyword
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from gatekeeper.contract.manifest.facts import Manifest

_OURS: Final = {"Annotated", "Any", "Field", "Literal", "filled", "defaulted"}
"""Names that a class of inputs uses itself."""
_PYDANTIC: Final = {
    *("construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj", "parse_raw", "schema"),
    *("schema_json", "update_forward_refs", "validate"),
}
"""What a pydantic model has already; a field of that name would hide it."""


def digest(manifest: Manifest) -> str:
    """Return the sha256 of what a manifest says, whatever the layout of its file."""
    return f"sha256:{hashlib.sha256(msgspec.json.encode(manifest, order='sorted')).hexdigest()}"


def attributes(names: Iterable[str]) -> Mapping[str, str]:
    """Return, for each input, the name of its field in a pydantic class: another one where Python or pydantic has it.

    A field whose name begins with an underscore would be private, and one called `model_...` is pydantic's.
    """
    taken = set(names)
    found: dict[str, str] = {}
    for name in names:
        attribute = name
        if _is_reserved(name):
            attribute = f"{name.strip('_') or 'input'}_"
            while _is_reserved(attribute) or attribute in taken:
                attribute = f"input_{attribute}"
        taken.add(attribute)
        found[name] = attribute
    return found


def _is_reserved(name: str) -> bool:
    if name.startswith(("_", "model_")) or keyword.iskeyword(name) or name in {"match", "case", "type"}:
        return True
    return name in _PYDANTIC or name in _OURS or hasattr(builtins, name)
