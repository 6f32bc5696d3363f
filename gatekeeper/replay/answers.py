"""The answers of a worker, validated: types, lengths, names and rows, before anybody looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from gatekeeper.replay import outcomes as facts
from gatekeeper.replay.values import Untaggable, untagged

if TYPE_CHECKING:
    from gatekeeper.replay.outcomes import Array

T = TypeVar("T")

IMPOSSIBLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding an impossible answer raises."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An exception as `inside/calls.py` tells it."""

    kind: str
    type: str
    message: str
    module: str
    status: int | None
    where: str

    def fact(self) -> facts.Fault:
        """Return it as the caller has it."""
        return facts.Fault(
            kind=self.kind,
            type=self.type[:500],
            message=self.message[:2000],
            module=self.module[:200],
            status=self.status,
            where=self.where[:3000],
        )


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every answer has: the number of its request, and either what was asked for or an exception."""

    id: int
    ok: msgspec.Raw = msgspec.Raw()
    error: Fault | None = None
    arrays: list[tuple[str, str, list[int]]] = []


class Hello(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The first thing that a Python says."""

    python: tuple[int, int, int]
    implementation: str


class Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A layer of the sandbox."""

    name: str
    applied: bool
    detail: str


class Confined(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The sandbox is on."""

    layers: list[Layer]
    protections: list[facts.Protection]


class Surveyed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The environment."""

    versions: dict[str, str | None]
    executable: str
    prefix: str


class _Encoder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    path: str
    kind: str
    columns: list[str | int] | None
    categories: list[list[Any]]
    handle_unknown: Any
    unknown_value: Any
    encoded_missing_value: Any

    def fact(self) -> facts.Encoder:
        return facts.Encoder(
            path=self.path,
            kind=self.kind,
            columns=None if self.columns is None else tuple(self.columns),
            categories=tuple(tuple(untagged(each)) for each in self.categories),
            handle_unknown=untagged(self.handle_unknown),
            unknown_value=untagged(self.unknown_value),
            encoded_missing_value=untagged(self.encoded_missing_value),
        )


class _Structure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    document: Any = None
    error: Fault | None = None


class Loaded(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model is loaded."""

    format: str
    kind: str
    warnings: list[str]
    feature_names_in: list[str] | None
    n_features_in: int | None
    classes: list[Any] | None
    methods: list[str]
    encoders: list[_Encoder]
    encoders_error: Fault | None
    structure: _Structure

    def fact(self, arrays: Mapping[str, Array], attempts: tuple[str, ...]) -> facts.Loaded:
        """Return it as the caller has it.

        Raises:
            Untaggable: a value is none.
        """
        document = untagged(self.structure.document)
        if document is not None and not isinstance(document, dict):
            raise Untaggable("a structure that is no object")
        return facts.Loaded(
            format=self.format,
            kind=self.kind[:500],
            feature_names_in=None if self.feature_names_in is None else tuple(self.feature_names_in),
            n_features_in=self.n_features_in,
            classes=None if self.classes is None else tuple(untagged(self.classes)),
            methods=tuple(self.methods),
            encoders=tuple(each.fact() for each in self.encoders),
            encoders_fault=None if self.encoders_error is None else self.encoders_error.fact(),
            structure=document,
            structure_arrays=arrays,
            structure_fault=None if self.structure.error is None else self.structure.error.fact(),
            warnings=tuple(self.warnings),
            attempts=attempts,
        )


class _RowFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    row: int
    fault: Fault


class Predicted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Outputs of a model."""

    fed_as: str
    faults: list[_RowFault]
    rows: list[tuple[int, int]]
    labels: list[Any] | None

    def fact(self, count: int, arrays: Mapping[str, Array], attempts: tuple[str, ...]) -> facts.Predicted:
        """Return it as the caller has it.

        Args:
            count: How many rows were asked about.
            arrays: What came with it.
            attempts: What the model tried.

        Raises:
            Untaggable: rows, outputs and exceptions do not add up to what was asked.
        """
        told = sum(max(0, stop - start) for start, stop in self.rows) + len(self.faults)
        if told != count or any(not 0 <= start < stop <= count for start, stop in self.rows):
            raise Untaggable(f"{told} outputs and exceptions, or some of rows that there are not, for {count} rows")
        rows = [row for start, stop in self.rows for row in range(start, stop)]
        faults = {each.row: each.fault.fact() for each in self.faults}
        if sorted([*rows, *(each.row for each in self.faults)]) != list(range(count)):
            raise Untaggable("each row has one output or one exception, and these have not")
        outputs = self._outputs(arrays)
        if len(outputs) != len(rows) or rows != sorted(rows):
            raise Untaggable(f"{len(outputs)} outputs for {len(rows)} rows")
        return facts.Predicted(rows=tuple(rows), outputs=outputs, faults=faults, fed_as=self.fed_as, attempts=attempts)

    def _outputs(self, arrays: Mapping[str, Array]) -> Array | list[Any]:
        if self.labels is not None:
            return [untagged(each) for each in self.labels]
        if not self.rows:
            return []
        outputs = arrays.get("outputs")
        if outputs is None or outputs.ndim == 0:
            raise Untaggable("no outputs")
        return outputs


class _Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    status: int | None = None
    value: Any = None
    fault: Fault | None = None


class Handled(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the production handler made of records."""

    outcomes: list[_Outcome]

    def fact(self, count: int, attempts: tuple[str, ...]) -> facts.HandledAll:
        """Return it as the caller has it.

        Raises:
            Untaggable: there is not one outcome a record.
        """
        if len(self.outcomes) != count:
            raise Untaggable(f"{len(self.outcomes)} outcomes for {count} records")
        found = tuple(
            facts.Handled(
                value=untagged(each.value),
                status=each.status,
                fault=None if each.fault is None else each.fault.fact(),
            )
            for each in self.outcomes
        )
        return facts.HandledAll(outcomes=found, attempts=attempts)


class Schemed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The JSON Schema of an input model."""

    schema: Any

    def fact(self) -> dict[str, Any]:
        """Return it as the caller has it.

        Raises:
            Untaggable: it is no object.
        """
        document = untagged(self.schema)
        if not isinstance(document, dict):
            raise Untaggable("a JSON Schema that is no object")
        return document


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Done, and no more to say."""


def decoded(raw: msgspec.Raw | bytes, kind: type[T]) -> T:
    """Return what an answer says.

    Raises:
        msgspec.MsgspecError: it is not of this kind.
        RecursionError: it is nested too deeply.
    """
    return msgspec.json.decode(raw, type=kind)
