"""Tensors of ONNX and of TensorFlow, from their protobuf messages.

Field numbers and types are those of `onnx/onnx.proto` (TensorProto) and of TensorFlow's `tensor.proto`, `types.proto`
and `tensor_shape.proto`. Both give numbers as raw bytes, or in a repeated field that depends on the type.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from gatekeeper.replay.imports.numbers import PACKED, WIDENED, fixed, narrowed, raw, varints, widened
from gatekeeper.replay.imports.wire import Malformed, Message, message, signed

Array: TypeAlias = np.ndarray[Any, Any]

_ONNX = """
float32 uint8 int8 uint16 int16 int32 int64 text bool float16 float64 uint32 uint64 complex64 complex128 bfloat16
float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz uint4 int4 float4_e2m1 float8_e8m0 uint2 int2 float6_e2m3
float6_e3m2
""".split()
"""From 1 on."""

_TENSORFLOW = """
float32 float64 int32 uint8 int16 int8 text complex64 int64 bool qint8 quint8 qint32 bfloat16 qint16 quint16 uint16
complex128 float16 resource variant uint32 uint64 float8_e5m2 float8_e4m3fn
""".split()
"""From 1 on."""

_UNREAD = frozenset({"qint8", "quint8", "qint32", "qint16", "quint16", "resource", "variant"})
_MAX_DIMENSIONS = 16
_MAX_VALUES = 1 << 24
_MAX_TEXTS = 1 << 20


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor that was read.

    Attributes:
        name: as it says itself; empty where it does not.
        kind: its type as the file has it, in numpy's words.
        value: an array, or for texts a list of lists by its shape; a text for a shape of ().
    """

    name: str
    kind: str
    value: Any

    @property
    def note(self) -> str:
        """What whoever uses it should know; empty where there is nothing."""
        return f"{self.kind} was widened to {WIDENED[self.kind]}" if self.kind in WIDENED else ""


def onnx_tensor(data: memoryview) -> Tensor:
    """Return the tensor of an ONNX `TensorProto`.

    Raises:
        Malformed: it is none, or one whose numbers lie elsewhere.
    """
    proto = message(data)
    kind = dict(enumerate(_ONNX, 1)).get(proto.number(2))
    if kind is None:
        raise Malformed(f"it is no tensor of ONNX: its data type is {proto.number(2)}")
    if proto.number(14) or proto.bytes(13):
        raise Malformed("its numbers lie in another file, which is not read")
    if 3 in proto.values:
        raise Malformed("it is a segment of a larger tensor")
    shape = _checked([signed(int(each)) for each in varints(proto, 1)[: _MAX_DIMENSIONS + 1]], kind)
    name, count = proto.text(8), math.prod(shape)
    if kind == "text":
        return Tensor(name, kind, _texts(proto.bytes(6), shape))
    values = raw(proto.last(9), kind, count) if 9 in proto.values else _onnx_field(proto, kind, count)
    return Tensor(name, kind, _shaped(values, shape))


def _onnx_field(proto: Message, kind: str, count: int) -> Array:
    if kind in {"float32", "complex64"}:
        return _complex(fixed(proto, 4, "<f4"), kind)
    if kind in {"float64", "complex128"}:
        return _complex(fixed(proto, 10, "<f8"), kind)
    if kind == "int64":
        return varints(proto, 7).view(np.int64)
    if kind in {"uint32", "uint64"}:
        return narrowed(varints(proto, 11), kind)
    words = varints(proto, 5)
    if kind == "bool":
        return raw(memoryview(narrowed(words, "uint8").tobytes()), "bool", words.size)
    if kind in {"float16", "bfloat16"}:
        return raw(memoryview(narrowed(words, "uint16").astype("<u2").tobytes()), kind, words.size)
    if kind in WIDENED:
        small = narrowed(words, "uint8")
        # Of 4 and 2 bits, each integer holds a byte of them; of 6, one.
        return widened(small, kind) if PACKED.get(kind) == 6 else raw(memoryview(small.tobytes()), kind, count)
    return narrowed(words, kind)


def tensorflow_tensor(name: str, data: memoryview) -> Tensor:
    """Return the tensor of a TensorFlow `TensorProto`.

    Raises:
        Malformed: it is none, or one of a type that is no numbers or texts.
    """
    proto = message(data)
    number = proto.number(1)
    kind = dict(enumerate(_TENSORFLOW, 1)).get(number)
    if kind is None or kind in _UNREAD:
        raise Malformed(f"the tensor {name[:100]!a} is of TensorFlow's type {number}, which is not read")
    dimensions = message(proto.last(2))
    if dimensions.number(3):
        raise Malformed(f"the tensor {name[:100]!a} has no shape")
    shape = _checked([message(each).number(1) for each in dimensions.bytes(2)[: _MAX_DIMENSIONS + 1]], kind)
    count = math.prod(shape)
    if kind == "text":
        return Tensor(name, kind, _texts(_filled(proto.bytes(8), count), shape))
    if 4 in proto.values and (len(proto.last(4)) or not count):
        return Tensor(name, kind, _shaped(raw(proto.last(4), kind, count), shape))
    values = _tensorflow_field(proto, kind)
    if values.size > count:
        raise Malformed(f"the tensor {name[:100]!a} has {values.size} values, expected {count}")
    last = values[-1:] if values.size else np.zeros(1, values.dtype)
    return Tensor(name, kind, _shaped(np.concatenate([values, np.repeat(last, count - values.size)]), shape))


def _tensorflow_field(proto: Message, kind: str) -> Array:
    fields = {"float32": (5, "<f4"), "complex64": (9, "<f4"), "float64": (6, "<f8"), "complex128": (12, "<f8")}
    if kind in fields:
        return _complex(fixed(proto, *fields[kind]), kind)
    if kind in {"int64", "uint32", "uint64"}:
        return narrowed(varints(proto, {"int64": 10, "uint32": 16, "uint64": 17}[kind]), kind)
    if kind == "bool":
        return narrowed(varints(proto, 11), "uint64").astype(bool)
    if kind in {"float16", "bfloat16"}:
        words = narrowed(varints(proto, 13), "uint16")
        return raw(memoryview(words.astype("<u2").tobytes()), kind, words.size)
    if kind in WIDENED:
        return widened(np.frombuffer(proto.last(18), dtype=np.uint8), kind)
    return narrowed(varints(proto, 7), kind)


def _complex(values: Array, kind: str) -> Array:
    """Return floats, or for a complex type the numbers whose real and imaginary parts they are."""
    if not kind.startswith("complex"):
        return values
    if values.size % 2:
        raise Malformed("a complex number lacks half of it")
    return values.view("<c8" if kind == "complex64" else "<c16")


def _filled(values: list[memoryview], count: int) -> list[memoryview]:
    """Return the texts with the last one repeated, as TensorFlow fills a tensor."""
    last = values[-1:] or [memoryview(b"")]
    return values + last * (count - len(values))


def _checked(shape: list[int], kind: str) -> tuple[int, ...]:
    most = _MAX_TEXTS if kind == "text" else _MAX_VALUES
    # Sizes beside a zero count too: lists in lists would be as many.
    count = math.prod(max(1, each) for each in shape)
    if len(shape) > _MAX_DIMENSIONS or any(each < 0 for each in shape) or count > most:
        expected = f"expected at most {_MAX_DIMENSIONS} sizes and {most:,} values"
        raise Malformed(f"a tensor has the shape {shape[:20]}, {expected}")
    return tuple(shape)


def _shaped(values: Array, shape: tuple[int, ...]) -> Array:
    if values.size != math.prod(shape):
        raise Malformed(f"a tensor has {values.size} values, expected {math.prod(shape)} for the shape {list(shape)}")
    return np.array(values.reshape(shape), dtype=values.dtype.newbyteorder("="))


def _texts(values: list[memoryview], shape: tuple[int, ...]) -> Any:
    if len(values) != math.prod(shape):
        raise Malformed(f"a tensor has {len(values)} texts, expected {math.prod(shape)} for the shape {list(shape)}")
    try:
        texts: list[Any] = [str(each, "utf-8") for each in values]
    except UnicodeDecodeError as error:
        raise Malformed("a tensor of texts holds bytes that are no UTF-8, which no record can have") from error
    for axis in range(len(shape) - 1, 0, -1):
        size = shape[axis]
        texts = [texts[at * size : (at + 1) * size] for at in range(math.prod(shape[:axis]))]
    return texts if shape else texts[0]
