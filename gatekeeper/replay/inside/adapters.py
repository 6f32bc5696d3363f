"""Predictors: the production handler, or an artifact that is opened by what its file holds, whatever its name."""

# What is imported late is what an interpreter may lack, or what must not run before the sandbox is on.
# ruff: noqa: PLC0415, PTH123

from __future__ import annotations

import inspect
import json
import os
import struct
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from gatekeeper.replay.inside.calls import Unfit, attempt, module, named

_MAX_HEADER = 100 << 20
_MODEL_FIELDS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})
"""The fields of ONNX's ModelProto, as onnx.proto numbers them; 7 is the graph."""


class Predictor:
    """Something that is asked with records: mappings of names to JSON values or numpy arrays.

    Attributes:
        format: what it is, as `observed.Predictor` names it.
        model: the object that computes; its weights are watched.
        batches: whether `many` can be asked.
        inputs, outputs: what the artifact declares, each a name with a type and a shape.
        known: weak references to the modules and estimators that it was seen to have; None before it is asked.
    """

    format = "handler"
    model: Any = None
    batches = False
    known: list[Any] | None = None

    def __init__(self) -> None:
        self.inputs: dict[str, tuple[str, list[int]]] = {}
        self.outputs: dict[str, tuple[str, list[int]]] = {}

    @property
    def asked(self) -> Any:
        """What is called with one record; of a handler the handler itself, which may return a coroutine."""
        return self.one

    def one(self, record: dict[str, Any]) -> Any:
        """Return what it makes of one record, as it returned it."""
        raise NotImplementedError

    def many(self, records: Sequence[Mapping[str, Any]]) -> list[Any]:  # noqa: ARG002 - of those that batch
        """Return what it makes of all records at once, for each what `one` would return.

        Raises:
            Unfit: it takes one at a time, or does not return as many as it was given.
        """
        raise Unfit("this predictor takes one record at a time")


class Handler(Predictor):
    """A callable that is given a record; a coroutine is awaited."""

    def __init__(self, handler: Any, kind: str = "handler") -> None:
        super().__init__()
        self.model = handler
        self.format = kind

    @property
    def asked(self) -> Any:
        """The handler itself."""
        return self.model

    def one(self, record: dict[str, Any]) -> Any:
        """Call it."""
        given = self.model(record)
        if inspect.iscoroutine(given):
            import asyncio

            given = asyncio.run(given)
        return given


def opened(path: str, factory: str | None, device: str) -> Predictor:
    """Return the predictor that an artifact is.

    Args:
        path: of its file.
        factory: "pkg.mod:factory", which makes a callable of the tensors of a safetensors file.
        device: where it computes.

    Raises:
        Unfit: the file is of no kind that can be asked, or what it holds can't compute there.
        Missing: what opens it is not installed.
        Exception: what the file's own code raises.
    """
    kind = _kind(path)
    if factory is not None and kind != "safetensors":
        raise Unfit(f"a factory is for safetensors, and this file is {kind}")
    if kind == "onnx":
        from gatekeeper.replay.inside import adapters_onnx

        return adapters_onnx.opened(path, device)
    if kind in ("torchscript", "torch.export", "safetensors"):
        from gatekeeper.replay.inside import adapters_torch

        return adapters_torch.opened(path, kind, factory, device)
    if kind == "skops":
        skops = module("skops.io", "the file was written by skops")
        # Its types are of the candidate's choice, and this process is shut in.
        return of_object(skops.load(path, trusted=skops.get_untrusted_types(file=path)), kind, device)
    from gatekeeper.replay.inside import loading

    kind, model = loading.unpickled(path)
    return of_object(model, kind, device)


def of_object(model: Any, kind: str, device: str) -> Predictor:
    """Return the predictor that an unpickled object is.

    Raises:
        Unfit: it is none, or does not compute there.
    """
    if _is_module(model):
        from gatekeeper.replay.inside import adapters_torch

        return adapters_torch.of_module(model, kind, device)
    if not device.startswith("cpu"):
        raise Unfit(f"{named(type(model))} computes on the CPU alone, and was asked to on {device}")
    if callable(getattr(model, "predict", None)):
        from gatekeeper.replay.inside.adapters_table import Table

        return Table(model, kind)
    if callable(model):
        return Handler(model, kind)
    raise Unfit(f"the file holds {named(type(model))}, which has no predict and can't be called")


def _is_module(model: Any) -> bool:
    return any(
        each.__module__ == "torch.nn.modules.module" and each.__name__ == "Module" for each in type(model).__mro__
    )


def _kind(path: str) -> str:
    """Return which kind of file it is: "pickle" for what is no other.

    Raises:
        Unfit: it is empty, a folder, or of a kind that holds no predictor.
    """
    if not os.path.isfile(path):  # noqa: PTH113 - a path is text here
        raise Unfit("there is no such file" if not os.path.exists(path) else "it is no file")  # noqa: PTH110 - likewise
    with open(path, "rb") as source:
        start = source.read(10)
        if not start:
            raise Unfit("the file is empty")
        if start.startswith(b"PK\x03\x04"):
            return _kind_of_archive(path)
        if _is_safetensors(source, start):
            return "safetensors"
        source.seek(0)
        if attempt(_is_onnx, source, os.fstat(source.fileno()).st_size) is True:
            return "onnx"
    return "pickle"


def _kind_of_archive(path: str) -> str:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    tops = {name.split("/", 1)[-1] for name in names} | set(names)
    if "schema.json" in names:
        return "skops"
    if tops & {"serialized_exported_program.json", "archive_format", "models/model.json"}:
        return "torch.export"
    if "constants.pkl" in tops and any(name.startswith("code/") for name in tops):
        return "torchscript"
    if "data.pkl" in tops:
        raise Unfit(
            "it is a checkpoint of torch.save, which holds weights and no way to ask them: name the production "
            "handler, or save them as safetensors and name a factory"
        )
    raise Unfit(f"a zip archive of {', '.join(sorted(names)[:3])[:200]} is no artifact that can be asked")


def _is_safetensors(source: Any, start: bytes) -> bool:
    if len(start) < 10 or start[8:9] != b"{":
        return False
    (length,) = struct.unpack("<Q", start[:8])
    if not 2 <= length <= _MAX_HEADER:
        return False
    source.seek(8)
    header = source.read(length)
    try:
        return len(header) == length and isinstance(json.loads(header.decode("utf-8")), dict)
    except (ValueError, RecursionError):
        return False


def _is_onnx(source: Any, size: int) -> bool:
    """Return whether a file is, field by field, what onnx.proto calls a ModelProto with a graph.

    Protocol buffers have no magic: the fields of the outermost message are walked, and they end where the file ends.
    """
    found = set()
    while source.tell() < size:
        tag = _varint(source)
        field, wire = tag >> 3, tag & 7
        if field not in _MODEL_FIELDS or wire not in (0, 2):
            return False
        length: int = _varint(source)
        if wire == 2:
            source.seek(length, os.SEEK_CUR)
        found.add(field)
    return 7 in found and source.tell() == size


def _varint(source: Any) -> int:
    value: int = 0
    for shift in range(0, 70, 7):
        byte: bytes = source.read(1)
        if not byte:
            break
        value |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return value
    raise ValueError("no number of protocol buffers")
