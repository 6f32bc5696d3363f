"""ONNX models, run by onnxruntime: named and typed inputs, the batch axis added where a record lacks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gatekeeper.replay.inside.adapters import Predictor
from gatekeeper.replay.inside.calls import Unfit, module, named

_TYPES = {
    "float": "float32",
    "double": "float64",
    "float16": "float16",
    "bool": "bool",
    "string": "text",
    **{name: name for name in "int8 int16 int32 int64 uint8 uint16 uint32 uint64".split()},
}
_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def opened(path: str, device: str) -> Predictor:
    """Return the predictor of an ONNX file.

    Raises:
        Unfit: onnxruntime has no provider for the device.
        Missing: onnxruntime is not installed.
        Exception: what onnxruntime says of the file.
    """
    runtime = module("onnxruntime", "the file is an ONNX model")
    kind, _, number = device.partition(":")
    provider = _PROVIDERS.get(kind, kind)
    if provider not in runtime.get_available_providers():
        raise Unfit(f"this onnxruntime has no {provider}, and was asked for {device}")
    options = {"device_id": number or "0"} if kind == "cuda" else {}
    session = runtime.InferenceSession(path, providers=[(provider, options)])
    if session.get_providers()[0] != provider:
        raise Unfit(f"onnxruntime fell back to {session.get_providers()[0]}, and was asked for {device}")
    session.disable_fallback()
    return Onnx(session)


class Onnx(Predictor):
    """A session; `inputs` and `outputs` are as the model declares them."""

    format = "onnx"

    def __init__(self, session: Any) -> None:
        super().__init__()
        self.model = session
        self.inputs = {each.name: _declared(each) for each in session.get_inputs()}
        self.outputs = {each.name: _declared(each) for each in session.get_outputs()}
        self.batches = all(not shape or shape[0] < 0 for _, shape in self.inputs.values())

    def one(self, record: dict[str, Any]) -> Any:
        """Ask for one record; an axis that was added is taken off again."""
        fed, added = self._fed(record)
        found = self._run(fed)
        if not added:
            return found
        return {name: each[0] if _length(each) == 1 else each for name, each in found.items()}

    def many(self, records: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Ask for all records at once."""
        if not self.batches:
            raise Unfit("the model's batch axis has one size: it takes one record at a time")
        numpy = module("numpy", "arrays are fed")
        fed = [self._fed(each) for each in records]
        together = {name: _together(numpy, name, [each[name] for each, _ in fed]) for name in self.inputs}
        sizes = [max((_length(each[name]) or 1 for name in self.inputs), default=1) for each, _ in fed]
        found = self._run(together)
        answers: list[dict[str, Any]] = [{} for _ in records]
        for name, each in found.items():
            if _length(each) != sum(sizes):
                raise Unfit(f"the output {name!r} has {_length(each)} rows for {sum(sizes)} records at once")
            at = 0
            for answer, size, (_, added) in zip(answers, sizes, fed):  # noqa: B905 - zip knows strict since 3.10
                answer[name] = each[at] if added and size == 1 else each[at : at + size]
                at += size
        return answers

    def _run(self, fed: dict[str, Any]) -> dict[str, Any]:
        names = list(self.outputs)
        return dict(zip(names, self.model.run(names, fed)))  # noqa: B905 - zip knows strict since 3.10

    def _fed(self, record: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """Return the arrays that are fed, and whether each got a batch axis."""
        numpy = module("numpy", "arrays are fed")
        given = self._named(numpy, record)
        fed: dict[str, Any] = {}
        added = []
        for name, (dtype, shape) in self.inputs.items():
            array = _cast(numpy, name, given[name], dtype)
            if shape and array.ndim in (0, len(shape) - 1):
                array = array.reshape((1,) * len(shape) if array.ndim == 0 else (1, *array.shape))
                added.append(True)
            elif shape:
                added.append(False)
            fed[name] = array
        return fed, bool(added) and all(added)

    def _named(self, numpy: Any, record: Mapping[str, Any]) -> Mapping[str, Any]:
        if set(record) == set(self.inputs):
            return record
        if len(self.inputs) == 1 and all(numpy.ndim(each) == 0 for each in record.values()):
            # One input for a whole row, as what is converted from tables has it: in the order of the record.
            return {next(iter(self.inputs)): [None if each is None else _bare(each) for each in record.values()]}
        raise Unfit(f"the model takes {_listed(self.inputs)}, and a record has {_listed(record)}")


def _bare(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _declared(argument: Any) -> tuple[str, list[int]]:
    kind = str(argument.type)
    dtype = kind[len("tensor(") : -1] if kind.startswith("tensor(") else kind
    shape = argument.shape if isinstance(argument.shape, (list, tuple)) else []
    return _TYPES.get(dtype, dtype), [each if type(each) is int and each >= 0 else -1 for each in shape]


def _cast(numpy: Any, name: str, value: Any, dtype: str) -> Any:
    """Return a value as an array of the declared type.

    Raises:
        Unfit: it would be another value then.
    """
    if dtype == "text":
        found = numpy.asarray(value, dtype=object)
        if not all(type(each) is str for each in found.reshape(-1)):
            raise Unfit(f"the input {name!r} takes texts, and holds something else")
        return found
    if dtype not in _TYPES.values():
        raise Unfit(f"the input {name!r} is {dtype}, which is not fed here")
    if isinstance(value, list):
        value = [float("nan") if each is None else each for each in value]
    found = numpy.asarray(float("nan") if value is None else value)
    if found.dtype.kind not in "biuf":
        raise Unfit(f"the input {name!r} takes {dtype}, and is {named(type(value))} of {found.dtype}")
    cast = found.astype(dtype)
    if cast.dtype.kind in "biu" and not bool((cast == found).all()):
        raise Unfit(f"the input {name!r} takes {dtype}, and holds numbers that are none")
    return cast


def _length(given: Any) -> int:
    if isinstance(given, (list, tuple)):
        return len(given)
    return int(given.shape[0]) if getattr(given, "ndim", 0) else 0


def _together(numpy: Any, name: str, arrays: list[Any]) -> Any:
    if arrays[0].ndim:
        return numpy.concatenate(arrays)
    if any(not numpy.array_equal(each, arrays[0]) for each in arrays):
        raise Unfit(f"the input {name!r} has no batch axis, and differs between the records")
    return arrays[0]


def _listed(names: Any) -> str:
    return ", ".join(str(each)[:60] for each in list(names)[:20]) or "nothing"
