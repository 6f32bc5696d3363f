"""What a golden file says, as types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gatekeeper.replay.observed import Value

SCHEMA = "gatekeeper/golden@1"
ANY = "any"
"""The type of an input or output whose records differ in it; each value then says its own."""

WIDE = frozenset(
    f"{kind}{width}" for kind, widths in {"float": "64 32 16", "int": "64 32 16 8", "uint": "64 32 16 8"}.items()
    for width in widths.split()
) | {"bfloat16"}  # fmt: skip
"""The types that have a width: their values are arrays."""

PLAIN = frozenset({"float", "int", "bool", "text", "null"})
"""The types of Python and JSON: their values are tuples."""


class InputSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One input.

    Attributes:
        dtype: one of `WIDE` for tensors; "float", "int", "bool" or "text" where every record has that or null; "null"
            where none has anything else; else "any".
        shape: of tensors, where all records have the same.
    """

    dtype: str
    shape: tuple[int, ...] | None = None


class OutputSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One output.

    Attributes:
        dtype: as `Value.dtype`; "any" where records differ.
        shape: where all records have the same.
        scale: the root mean square of its finite numbers over the golden set; None where it has none.
        noise_relative, noise_scale: the largest deviation that was measured between repeats when it was recorded:
            relative to the value, and divided by `scale`; None where it was not measured.
        relative: how far it may deviate, as a share of the golden value; None for the default.
        floor: how far it may deviate in its own unit, however small the golden value; None for the default.
        nonfinite: whether NaN and infinity may stand in golden values. They then must stand where they stood.
    """

    dtype: str
    shape: tuple[int, ...] | None = None
    scale: float | None = None
    noise_relative: float | None = None
    noise_scale: float | None = None
    relative: float | None = None
    floor: float | None = None
    nonfinite: bool = False


class Environment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where it was recorded: the lock's digest, Python's version, and those of what computes."""

    lock: str | None
    python: str
    versions: dict[str, str] = {}


class Previous(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was there before it was recorded anew.

    Attributes:
        file: the name that the old file has now.
        sha256: the old file's content digest ("sha256:..."), or of its bytes if it had no header.
        reason: why it was recorded anew.
        changed: how many records have another answer, or are new or gone.
        largest: by output, the largest relative difference; None where it can't be said (text, NaN, another type).
    """

    file: str
    sha256: str
    reason: str
    changed: int
    largest: dict[str, float | None]


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The first line: what the records are bound to.

    Attributes:
        predictor: "serving.app:handler", or "artifact".
        artifacts: digests ("sha256:...") by path.
        devices: runtime facts as text, by device: {"cpu": {"torch": "2.13.0+cpu", "threads": "1"}}.
        recorder: the gate's version.
        recorded: the date, as ISO 8601.
        reason: why it was recorded anew; None the first time.
        inputs, outputs: by name, in the order in which they came.
        selection: what was asked for, one sentence each.
        content: "sha256:" over all else in the header, and the lines after it.
    """

    schema: str = SCHEMA
    predictor: str
    artifacts: dict[str, str]
    environment: Environment
    devices: dict[str, dict[str, str]]
    seed: int
    recorder: str
    recorded: str
    reason: str | None = None
    inputs: dict[str, InputSpec]
    outputs: dict[str, OutputSpec]
    selection: tuple[str, ...] = ()
    previous: Previous | None = None
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An input with what was answered.

    Either there are outputs, or it was refused (a status of 400 or more, and what else was answered is not kept: the
    words of a refusal are no promise), or the predictor raised (`fault`, compared by type alone).

    Attributes:
        id: as "r001"; "line 7" where the file says none.
        inputs: by name: what Python and JSON have as it is, tensors as `Value`.
        outputs: by name; None where it was refused or raised.
        why: what it was picked for.
        status: the HTTP status; None where the predictor gives none.
        fault: the class of the exception, as "ValueError" or "fastapi.exceptions.HTTPException".
        outside: whether its inputs are outside of what the model is declared for, on purpose.
        devices: by device, as "cuda:NVIDIA H200": the outputs that differ there from `outputs`.
    """

    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Value] | None
    why: tuple[str, ...] = ()
    status: int | None = None
    fault: str | None = None
    outside: bool = False
    devices: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    def expected(self, device: str = "") -> tuple[Mapping[str, Value] | None, bool]:
        """Return the outputs on a device, and whether any of them is that device's own."""
        own = self.devices.get(device, {})
        if self.outputs is None:
            return None, False
        return {**self.outputs, **own}, bool(own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """A golden set. `header` is None for a file without one: an older one, or one that was written by hand."""

    header: Header | None
    records: tuple[Record, ...]

    @property
    def bound(self) -> bool:
        """Whether it says what it was recorded from."""
        return self.header is not None


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of one line of a golden file: its header, generated from the type above, or a record."""
    (header,), definitions = msgspec.json.schema_components([Header], ref_template="#/$defs/{name}")
    answers = {"type": "object", "description": "by name: plain JSON, or tagged values ($float, $int, $array, $tensor)"}
    record = {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "inputs"],
        "properties": {
            "id": {"type": "string", "minLength": 1},
            "why": {"type": "array", "items": {"type": "string"}},
            "inputs": answers,
            "outputs": answers,
            "status": {"type": "integer", "minimum": 100, "maximum": 599},
            "fault": {"type": "string"},
            "outside": {"type": "boolean"},
            "devices": {"type": "object", "additionalProperties": answers},
        },
    }
    first = {
        "type": "object",
        "additionalProperties": False,
        "required": ["header"],
        "properties": {"header": header},
    }
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"{SCHEMA}, a line of it"}
    return {**head, "anyOf": [first, record], "$defs": definitions}
