"""Records as they are sent to a predictor, and its answers as they come back, validated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
import numpy as np

from gatekeeper.replay import answers, observed
from gatekeeper.replay.arrays import TYPES
from gatekeeper.replay.values import Untaggable, untagged

Array: TypeAlias = np.ndarray[Any, Any]
Arrays: TypeAlias = Mapping[str, Array]
Sent: TypeAlias = list[list[Any]]
"""A record: for each value its name, type, shape, and what it is where it is no array."""

FORMATS = frozenset({"handler", "joblib", "pickle", "skops", "onnx", "torchscript", "torch.export", "safetensors"})
_KINDS = {"float": float, "int": int, "bool": bool, "text": str, "null": type(None)}
_WIDENED = ("bfloat16", "float8")
_MAX_NAME = 1000
_MAX_SHOWN = 500
_MAX_DIMENSIONS = 16
_MAX_LENGTH = 1 << 40
_MAX_SECONDS = 1e9


def sent(records: Sequence[Mapping[str, Any]]) -> tuple[list[Sent], list[bytes]]:
    """Return records as a request names them, and the bytes after it: arrays of numbers, and numbers with a width.

    Raises:
        ValueError: a value is neither an array nor JSON's.
    """
    heads: list[Sent] = []
    buffers: list[bytes] = []
    for record in records:
        head: Sent = []
        for name, value in record.items():
            numbers = np.asarray(value) if isinstance(value, np.ndarray | np.generic) else None
            small = None if numbers is None else np.asarray(numbers, dtype=numbers.dtype.newbyteorder("<"))
            if small is not None and small.dtype.str in TYPES:
                head.append([str(name), small.dtype.str, list(small.shape), None])
                buffers.append(small.tobytes())
            else:
                head.append([str(name), None, None, _plain(str(name), value)])
        heads.append(head)
    return heads, buffers


def order_of(order: Sequence[int] | None, count: int) -> list[int] | None:
    """Return the order in which records are asked.

    Raises:
        ValueError: it names one twice, or one that there is not, or leaves one out.
    """
    if order is not None and sorted(order) != list(range(count)):
        raise ValueError(f"an order of {len(order)} positions that is no permutation of {count} records")
    return None if order is None else [int(each) for each in order]


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(name, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(name, each) for each in value]
    if value is not None and not isinstance(value, bool | int | float | str):
        raise ValueError(f"the input {name[:100]!r} holds a {type(value).__name__}, expected JSON or an array")
    return value


class _Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    dtype: str
    shape: list[int]
    device: str
    values: list[Any] | None
    array: str | None = None

    def fact(self, arrays: Arrays) -> observed.Value:
        if len(self.name) > _MAX_NAME or len(self.device) > _MAX_SHOWN:
            raise Untaggable("the name of an output or of its device is too long")
        if len(self.shape) > _MAX_DIMENSIONS or not all(0 <= each <= _MAX_LENGTH for each in self.shape):
            raise Untaggable(f"an output of the shape {self.shape[:20]}")
        values = self._items() if self.array is None else self._numbers(arrays)
        if math.prod(self.shape) != len(values):
            raise Untaggable(f"{len(values)} values for the shape {self.shape}")
        return observed.Value(dtype=self.dtype, shape=tuple(self.shape), values=values, device=self.device)

    def _items(self) -> tuple[Any, ...]:
        kind = _KINDS.get(self.dtype)
        items = tuple(untagged(each) for each in self.values or ())
        if kind is None or any(type(each) is not kind for each in items):
            raise Untaggable(f"values that are not {self.dtype[:40]!r}")
        return items

    def _numbers(self, arrays: Arrays) -> Array:
        found = arrays.get(self.array or "")
        if found is None or self.values is not None:
            raise Untaggable("an output without its array")
        told = "float32" if self.dtype.startswith(_WIDENED) else self.dtype
        if found.dtype.name != told:
            raise Untaggable(f"an array of {found.dtype} for an output of {self.dtype[:40]!r}")
        return found.reshape(-1)


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    status: int | None
    fault: answers.Fault | None
    seconds: float
    outputs: list[_Value] | None

    def fact(self, arrays: Arrays) -> observed.Answer:
        if (self.outputs is None) is (self.fault is None):
            raise Untaggable("an answer has outputs or a fault, and this one has both, or none")
        if not 0.0 <= self.seconds <= _MAX_SECONDS:
            raise Untaggable(f"an answer that took {self.seconds} s")
        outputs = None
        if self.outputs is not None:
            outputs = {each.name: each.fact(arrays) for each in self.outputs}
            if len(outputs) != len(self.outputs):
                raise Untaggable("two outputs of one name")
        fault = None if self.fault is None else self.fault.fact()
        return observed.Answer(outputs=outputs, status=self.status, fault=fault, seconds=self.seconds)


class _Watched(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    forwards: int
    grad_forwards: int
    grad_at: str
    training: list[str]
    returned_grad: list[str]
    mutated_inputs: list[int]
    changed_weights: list[str]
    devices: list[str]

    def fact(self, count: int) -> observed.Watched:
        if not 0 <= self.grad_forwards <= self.forwards:
            raise Untaggable(f"{self.grad_forwards} of {self.forwards} forwards")
        if any(not 0 <= each < count for each in self.mutated_inputs):
            raise Untaggable("a record that there is not was changed")
        return observed.Watched(
            forwards=self.forwards,
            grad_forwards=self.grad_forwards,
            grad_at=_shown(self.grad_at),
            training=_all_shown(self.training),
            returned_grad=_all_shown(self.returned_grad),
            mutated_inputs=tuple(self.mutated_inputs),
            changed_weights=_all_shown(self.changed_weights),
            devices=_all_shown(self.devices),
        )


class Replayed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a predictor made of records, and what happened besides."""

    answers: list[_Answer]
    watched: _Watched

    def fact(self, count: int, arrays: Arrays, attempts: tuple[str, ...]) -> observed.Replayed:
        """Return it as the caller has it.

        Args:
            count: how many records were asked about.
            arrays: what came with it.
            attempts: what the candidate tried.

        Raises:
            Untaggable: there is not one answer a record, or an answer is impossible.
        """
        if len(self.answers) != count:
            raise Untaggable(f"{len(self.answers)} answers for {count} records")
        found = tuple(each.fact(arrays) for each in self.answers)
        return observed.Replayed(answers=found, watched=self.watched.fact(count), attempts=attempts)


class Predictor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A predictor that is open."""

    format: str
    batches: bool
    inputs: dict[str, tuple[str, list[int]]]
    outputs: dict[str, tuple[str, list[int]]]
    runtime: dict[str, str]

    def fact(self, attempts: tuple[str, ...]) -> observed.Predictor:
        """Return it as the caller has it.

        Raises:
            Untaggable: there is no such format.
        """
        if self.format not in FORMATS:
            raise Untaggable(f"the format {self.format[:40]!r}, expected one of {', '.join(sorted(FORMATS))}")
        return observed.Predictor(
            format=self.format,
            batches=self.batches,
            inputs={name: (kind, tuple(shape)) for name, (kind, shape) in self.inputs.items()},
            outputs={name: (kind, tuple(shape)) for name, (kind, shape) in self.outputs.items()},
            runtime={_shown(name): _shown(each) for name, each in self.runtime.items()},
            attempts=attempts,
        )


def _all_shown(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(_shown(each) for each in texts)


def _shown(text: str) -> str:
    """Return a text of the candidate's as one bounded line of characters that show themselves."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:_MAX_SHOWN])
