"""The lines of a golden file, read: what is no such line is refused with its number and with what to do."""

from __future__ import annotations

import codecs
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NoReturn, TypeVar

import msgspec

from gatekeeper import strict_json
from gatekeeper.errors import Unreadable
from gatekeeper.replay.golden import values
from gatekeeper.replay.golden.describing import is_float
from gatekeeper.replay.golden.facts import ANY, SCHEMA, WIDE, Golden, Header, InputSpec, OutputSpec, Record
from gatekeeper.replay.golden.tags import line as canonical
from gatekeeper.replay.golden.tensors import Tensor
from gatekeeper.replay.observed import Value
from gatekeeper.replay.values import untagged
from gatekeeper.words import did_you_mean

T = TypeVar("T")

LARGEST = 256 * 1024**2
MOST = 100_000
"""Records of one file."""
AGAIN = "record it again: gatekeeper golden record --reason ..., or restore it from version control"
_SHAPE = 'write one object a line: {"inputs": {"units": 3, ...}, "outputs": {"price": 7.0}}'
_KEYS = ("id", "why", "inputs", "outputs", "status", "fault", "outside", "devices")
_EXACT = 1 << 53
_DEEPEST = 56
"""Levels of a line: those of a value, and those around it."""


def first_line(header: Header) -> str:
    """Return the header's line as it goes into the digest that stands in it.

    What is allowed to an output stands in the header: who loosens it there changes the digest as well.
    """
    return canonical({"header": msgspec.to_builtins(msgspec.structs.replace(header, content=""))})


def content_digest(lines: Iterable[str]) -> str:
    """Return the digest of canonical lines, the header's (`first_line`) among them."""
    found = hashlib.sha256()
    for each in lines:
        found.update(each.encode("utf-8"))
        found.update(b"\n")
    return f"sha256:{found.hexdigest()}"


def parsed(data: bytes, tensors: Mapping[str, Tensor] | None) -> Golden:
    """Return the golden set in a file's bytes.

    Args:
        data: Of the records.
        tensors: Of the file beside it; None where there is none.

    Raises:
        Unreadable: with the line, if it is about one.
    """
    documents = _documents(data)
    if not documents:
        raise Unreadable("holds no golden record: the file is empty", fix=_SHAPE)
    number, first = documents[0]
    header = _header(first, number) if "header" in first else None
    rest = documents[1:] if header else documents
    if header and header.content != (
        found := content_digest([first_line(header), *(canonical(each) for _, each in rest)])
    ):
        raise Unreadable(
            f"was edited after it was recorded, or lines are missing: {len(rest)} records have the digest "
            f"{found[:19]}…, the header says {header.content[:19]}…",
            fix=AGAIN,
            line=number,
        )
    if not rest:
        raise Unreadable("holds no golden record after its header", fix=AGAIN)
    reader = _Reader(header, tensors)
    records = tuple(reader.record(each, number) for number, each in rest)
    return Golden(header=header, records=records if header else tuple(map(_even, records)))


def _documents(data: bytes) -> list[tuple[int, dict[str, Any]]]:
    text = _text(data)
    lines = text.split("\n")
    found: list[tuple[int, dict[str, Any]]] = []
    for number, each in enumerate(lines, start=1):
        if not each.strip():
            continue
        if len(found) > MOST:
            raise Unreadable(f"holds more than {MOST:,} records", fix="record fewer", line=number)
        try:
            document = strict_json.loads(each)
        except json.JSONDecodeError as error:
            cut = number == len(lines)
            what = "ends in the middle of a record: it is truncated" if cut else f"is no JSON: {error.msg}"
            raise Unreadable(what, fix=AGAIN if cut else _SHAPE, line=number, column=error.colno) from error
        except RecursionError as error:
            raise Unreadable("is nested too deeply", fix=_SHAPE, line=number) from error
        except ValueError as error:
            raise Unreadable(f"is no JSON: {error}", fix=_SHAPE, line=number) from error
        if not isinstance(document, dict):
            raise Unreadable("is no JSON object", fix=_SHAPE, line=number)
        if each.count("[") + each.count("{") > _DEEPEST and _is_too_deep(document):
            raise Unreadable(f"is nested more than {_DEEPEST} levels deep", fix=_SHAPE, line=number)
        found.append((number, document))
    return found


def _is_too_deep(document: Any) -> bool:
    level = [document]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
        level = [each for each in level if isinstance(each, dict | list)]
        if not level:
            return False
    return True


def _text(data: bytes) -> str:
    encoded = "was encoded anew by an editor or a transfer; restore it, as UTF-8 without a byte order mark"
    if len(data) > LARGEST:
        raise Unreadable(f"has more than {LARGEST:,} bytes", fix="record fewer records")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:4]:
        raise Unreadable("is UTF-16 or UTF-32, expected UTF-8", fix=f"it {encoded}", line=1)
    if data.startswith(codecs.BOM_UTF8):
        raise Unreadable("begins with a byte order mark, expected UTF-8 without one", fix=f"it {encoded}", line=1)
    if data.startswith(b"version https://git-lfs"):
        raise Unreadable("is a pointer of Git LFS, not the file", fix="git lfs pull", line=1)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        at = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"byte 0x{data[error.start]:02x} is not UTF-8", fix=f"it {encoded}", line=at) from error


def _header(document: dict[str, Any], number: int) -> Header:
    said = document["header"]
    schema = said.get("schema") if isinstance(said, dict) else None
    if schema != SCHEMA or len(document) != 1:
        shown = f"the schema {str(schema)[:80]!r}" if schema is not None else "no schema"
        what = f"the header has {shown}, this gate reads {SCHEMA!r}"
        raise Unreadable(what, fix="update the gate, or " + AGAIN, line=number)
    try:
        header = msgspec.convert(said, Header, strict=True)
        datetime.fromisoformat(header.recorded)
    except (msgspec.ValidationError, ValueError) as error:
        raise Unreadable(f"the header is none: {error}", fix=AGAIN, line=number) from error
    for name, spec in header.outputs.items():
        told = (spec.scale, spec.noise_relative, spec.noise_scale, spec.relative, spec.floor)
        if any(each is not None and not 0 <= each < math.inf for each in told):
            raise Unreadable(f"the header has a negative number at the output {name[:80]!r}", fix=AGAIN, line=number)
    return header


class _Reader:
    def __init__(self, header: Header | None, tensors: Mapping[str, Tensor] | None) -> None:
        self._header, self._tensors = header, tensors
        self._ids: set[str] = set()
        self._line = 0

    def record(self, document: dict[str, Any], number: int) -> Record:
        self._line = number
        for key in document:
            if key not in _KEYS:
                self._refuse(f"has the key {key[:80]!r}, which no record has", did_you_mean(key, _KEYS))
        given = document.get("inputs")
        if not isinstance(given, dict):
            self._refuse("is no record: it has no object `inputs`", _SHAPE)
        status, fault, outputs = (document.get(key) for key in ("status", "fault", "outputs"))
        outside = document.get("outside", False)
        if not isinstance(outside, bool) or (fault is not None and not isinstance(fault, str)):
            self._refuse("has an `outside` that is neither true nor false, or a `fault` that is no text", _SHAPE)
        if status is not None and (type(status) is not int or not 100 <= status <= 599):
            self._refuse(f"has the status {str(status)[:40]}, expected 100 to 599", _SHAPE)
        record = Record(
            id=self._id(document),
            inputs={values_key(name): self._input(values_key(name), each) for name, each in given.items()},
            outputs=None if outputs is None else self._outputs(outputs),
            why=self._why(document.get("why", [])),
            status=status,
            fault=fault,
            outside=outside,
            devices=self._devices(document.get("devices", {})),
        )
        refused = fault is not None or (status is not None and status >= 400)
        if record.outputs is None and not refused and not (outside and self._header is None):
            self._refuse("says nothing of what was answered: no `outputs`, `status` or `fault`", _SHAPE)
        return record

    def _id(self, document: dict[str, Any]) -> str:
        found = document.get("id", None if self._header else f"line {self._line}")
        if not isinstance(found, str) or not 0 < len(found) <= 200:
            self._refuse("has no `id`, or none that is a text of at most 200 characters", AGAIN)
        if found in self._ids:
            self._refuse(f"has the id {found!r}, which a record before it has", AGAIN)
        self._ids.add(found)
        return found

    def _why(self, given: Any) -> tuple[str, ...]:
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            self._refuse("has a `why` that is no list of texts", AGAIN)
        return tuple(given)

    def _input(self, name: str, plain: Any) -> Any:
        if self._header is None:
            return self._guarded(f"the input {name[:80]!r}", lambda: untagged(plain))
        spec = self._header.inputs.get(name)
        if spec is None:
            self._refuse(f"has the input {name[:80]!r}, of which the header says nothing", AGAIN)
        is_tensor = isinstance(plain, dict) and plain.keys() & {"$array", "$tensor"}
        return self._guarded(
            f"the input {name[:80]!r}",
            lambda: self._value(plain, spec) if is_tensor or spec.dtype in WIDE else _plain_input(plain, spec),
        )

    def _outputs(self, given: Any) -> dict[str, Value]:
        if self._header is None:
            parts = self._guarded("an output", lambda: values.named(given))
            return {name: self._output(name, each, OutputSpec(dtype=ANY)) for name, each in parts.items()}
        if not isinstance(given, dict):
            self._refuse("has `outputs` that are no object", AGAIN)
        specs = self._header.outputs
        for key in given:
            if values_key(key) not in specs:
                self._refuse(f"has the output {key[:80]!r}, of which the header says nothing", AGAIN)
        return {
            values_key(key): self._output(values_key(key), each, specs[values_key(key)]) for key, each in given.items()
        }

    def _output(self, name: str, plain: Any, spec: OutputSpec) -> Value:
        found = self._guarded(f"the output {name[:80]!r}", lambda: self._value(plain, spec))
        if self._header is not None and not spec.nonfinite and not is_finite(found):
            self._refuse(f"has NaN or infinity in the output {name[:80]!r}, which the header does not allow", AGAIN)
        return found

    def _devices(self, given: Any) -> dict[str, dict[str, Value]]:
        if not isinstance(given, dict) or not all(isinstance(each, dict) for each in given.values()):
            self._refuse("has `devices` that are no objects of outputs", AGAIN)
        return {values_key(device): self._outputs(each) for device, each in given.items()}

    def _value(self, plain: Any, spec: InputSpec | OutputSpec) -> Value:
        return values.read(plain, spec.dtype, spec.shape, self._tensors or {})

    def _guarded(self, what: str, reading: Callable[[], T]) -> T:
        try:
            return reading()
        except KeyError as error:
            where = "its file is missing" if self._tensors is None else "it is not in its file"
            fix = "bring the file of tensors that lies beside the records"
            raise Unreadable(f"{what} is the tensor {error}, and {where}", fix=fix, line=self._line) from error
        except RecursionError as error:
            raise Unreadable(f"{what} is nested too deeply", fix=AGAIN, line=self._line) from error
        except ValueError as error:
            raise Unreadable(f"{what}: {error}", fix=AGAIN, line=self._line) from error

    def _refuse(self, what: str, fix: str) -> NoReturn:
        raise Unreadable(what, fix=fix, line=self._line)


def values_key(key: str) -> str:
    """Return a name as it was before a `$` at its begin was doubled."""
    return key[1:] if key.startswith("$$") else key


def is_finite(value: Value) -> bool:
    """Return whether no number of a value is NaN or infinite."""
    if not is_float(value.dtype) and value.dtype in WIDE:
        return True
    numbers = values.exact(value)
    return all(map(math.isfinite, (each for each in numbers if isinstance(each, float))))


def _plain_input(plain: Any, spec: InputSpec) -> Any:
    found = untagged(plain)
    kind = values.inferred([found])
    if spec.dtype not in {ANY, kind} and found is not None:
        raise values.Unfitting(f"is {kind}, the header says {spec.dtype}")
    return found


def _even(record: Record) -> Record:
    """Return a record of a file without a header with `[1, 2.5]` as a list of floats, which it was."""
    outputs = record.outputs and {
        name: _floats(each) if each.dtype == ANY else each for name, each in record.outputs.items()
    }
    return replace(record, outputs=outputs)


def _floats(value: Value) -> Value:
    if any(type(each) not in {int, float} or (type(each) is int and abs(each) > _EXACT) for each in value.values):
        return value
    return Value(dtype="float", shape=value.shape, values=tuple(float(each) for each in value.values))
