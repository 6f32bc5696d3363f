"""Whether arrays of structured elements are what the production version's compiled code takes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.artifact.facts import Attribute, State
from gatekeeper.artifact.prospects.prospect import Confidence, Kind, Prospect
from gatekeeper.artifact.prospects.resolve import Found, look_up
from gatekeeper.artifact.prospects.sources import Make, Source, Sources
from gatekeeper.artifact.prospects.structs import Struct, structs_beside

_FIELDS = re.compile(r"struct\{(.*)\}", re.DOTALL)
_FEWEST = 4
"""Fields that a structure must share by name to be taken for the array's own."""


def misfits(state: State, target: Sources, own: Sources | None) -> Iterator[Prospect]:
    """Yield the fields of a state's arrays whose type the target's compiled code does not take."""
    for attribute in state.attributes:
        fields = _fields(attribute)
        there = _declared(target, state, fields) if fields else None
        if there is None or _differing(there[1], fields) is None:
            continue
        here = _declared(own, state, fields) if own is not None else None
        if here is not None and _differing(here[1], fields) is not None:
            continue
        source, struct = there
        name, expected = _differing(struct, fields) or ("", "")
        yield Prospect(
            kind=Kind.ELEMENT,
            subject=f"{state.module}.{state.name}",
            missing=f"{attribute.name}.{name} of type {fields.get(name, 'that is not there')}",
            holder=f"{struct.name}.{name} of type {expected}",
            entry="",
            path=struct.path,
            line=struct.line,
            distribution=str(target.distribution(source) or ""),
            offset=state.offset,
            member=state.member,
            confidence=Confidence.UNCOMPARED if here is None else Confidence.CERTAIN,
        )


def _fields(attribute: Attribute) -> dict[str, str]:
    """Return the fields of an array of structured elements, as `elements.Element` writes them."""
    match = _FIELDS.fullmatch(attribute.text) if attribute.kind == "array" else None
    if match is None or "{" in match[1]:
        return {}
    pairs = (field.partition(": ") for field in match[1].split(", "))
    return {name: element for name, _, element in pairs}


def _declared(sources: Sources, state: State, fields: dict[str, str]) -> tuple[Source, Struct] | None:
    """Return the structure that most of the fields' names are in, from the folder of the class."""
    answer = look_up(sources, state.module, state.name)
    source = answer.source if isinstance(answer, Found) else sources.module(state.module)
    if source is None or source.make not in (Make.PYTHON, Make.EXTENSION):
        return None
    for struct in structs_beside(source):
        shared = [name for name, _ in struct.fields if name in fields]
        if len(shared) >= max(_FEWEST, len(fields) * 3 // 4):
            return source, struct
    return None


def _differing(struct: Struct, fields: dict[str, str]) -> tuple[str, str] | None:
    """Return the first field that is declared with another type, and that type."""
    for name, expected in struct.fields:
        if name in fields and expected and fields[name] != expected:
            return name, expected
    return None
