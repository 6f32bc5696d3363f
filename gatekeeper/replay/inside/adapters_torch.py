"""Modules of torch: TorchScript, exported programs, what a factory makes of safetensors, and pickled modules.

They are asked under `torch.inference_mode()`. In which mode they are, training or evaluation, is left as it was saved.
"""

# What is imported late is what an interpreter may lack, or what must not run before the sandbox is on.
# ruff: noqa: PLC0415

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from gatekeeper.replay.inside.adapters import Handler, Predictor
from gatekeeper.replay.inside.calls import Fault, Unfit, attempt, module, named


def opened(path: str, kind: str, factory: str | None, device: str) -> Predictor:
    """Return the predictor of a file that torch reads.

    Raises:
        Unfit: the device is not there, or a factory is missing or makes nothing that can be called.
        Missing: torch or safetensors is not installed.
        Exception: what torch says of the file, or what the factory raises.
    """
    torch = module("torch", f"the file is {kind}")
    _check(torch, device)
    if kind == "torchscript":
        return of_module(torch.jit.load(path, map_location=device), kind, device)
    if kind == "torch.export":
        program = module("torch.export", "the file is an exported program").load(path)
        if not device.startswith("cpu"):
            moving = module("torch.export.passes", f"an exported program is moved to {device}")
            program = moving.move_to_device_pass(program, device)
        return Exported(torch, program, device)
    return _made(path, factory, device)


def of_module(model: Any, kind: str, device: str) -> Predictor:
    """Return the predictor that a module is."""
    torch = module("torch", "the file holds a module of torch")
    _check(torch, device)
    return Module(torch, model if device.startswith("cpu") else model.to(device), kind, device)


def _made(path: str, factory: str | None, device: str) -> Predictor:
    if factory is None:
        raise Unfit(
            'it is safetensors, which holds weights and no way to ask them: name a factory, "pkg.mod:factory", that '
            "takes the tensors by name and returns a callable"
        )
    from gatekeeper.replay.inside import handling

    make = handling.by_name(factory)
    if not callable(make):
        raise Unfit(f"{factory} is {named(type(make))}, expected a factory that can be called")
    made = make(module("safetensors.torch", "the file is safetensors").load_file(path, device=device))
    if not callable(made):
        raise Unfit(f"{factory} returned {named(type(made))}, expected a callable")
    torch = module("torch", "the file is safetensors")
    return of_module(made, "safetensors", device) if isinstance(made, torch.nn.Module) else Handler(made, "safetensors")


def _check(torch: Any, device: str) -> None:
    """Refuse a device that is not there: torch must not compute on another."""
    asked = torch.device(device)
    if asked.type != "cuda":
        return
    if not torch.cuda.is_available():
        raise Unfit(f"it was asked to compute on {device}, and torch {torch.__version__} sees no CUDA device")
    if (asked.index or 0) >= torch.cuda.device_count():
        raise Unfit(f"it was asked to compute on {device}, and there are {torch.cuda.device_count()}")


class Module(Predictor):
    """A module: a record's values become its arguments, by name where it has such names, else by position.

    A record of numbers alone, for a module with one argument, is a row: shape (1, how many). A value keeps its shape;
    records are put together along axis 0 where they have a batch of one there, and stacked else.
    """

    batches = True

    def __init__(self, torch: Any, model: Any, kind: str, device: str) -> None:
        super().__init__()
        self.model, self.format, self._torch, self._device = model, kind, torch, device
        self._names, self._needed, self._plain = _arguments(model)
        self._ranks: dict[str, int] = {}
        weights = [*model.parameters(), *model.buffers()]
        floating = {each.dtype for each in weights if each.is_floating_point()}
        self._floating = floating.pop() if len(floating) == 1 else None

    def one(self, record: dict[str, Any]) -> Any:
        """Ask for one record; an axis that was added is taken off again."""
        given, added = self._given(record)
        found = self._called(given)
        return _without_axis(self._torch, found) if added else found

    def many(self, records: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Ask for all records at once."""
        given = [self._given(each) for each in records]
        first, added = given[0]
        if any(list(each) != list(first) or more != added for each, more in given):
            raise Unfit("the records have not all the same names and shapes, and can't be put together")
        joined = added or _has_batches([each for each, _ in given], self._torch)
        join = self._torch.cat if joined else self._torch.stack
        together = {name: self._together(join, [each[name] for each, _ in given]) for name in first}
        sizes = [_size(each, self._torch) if joined else 1 for each, _ in given]
        return _split(self._torch, self._called(together), sizes, bare=added or not joined)

    def _together(self, join: Any, values: list[Any]) -> Any:
        if isinstance(values[0], self._torch.Tensor):
            return join(values)
        if any(each != values[0] for each in values):
            raise Unfit("an argument that is no tensor differs between the records")
        return values[0]

    def _called(self, given: dict[str, Any]) -> Any:
        with self._torch.inference_mode():
            if self._names is not None and set(given) <= set(self._names):
                return self.model(**given)
            return self.model(*given.values())

    def _given(self, record: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """Return arguments by name, or by the record's names in its order, and whether each got a batch axis."""
        if self._names is not None and not (set(self._needed) <= set(record) <= set(self._names)):
            if len(self._needed) == 1 and len(record) > 1 and all(_is_number(each) for each in record.values()):
                row = self._torch.tensor([[_bare(each) for each in record.values()]])
                return {self._needed[0]: self._fit(row)}, True
            if not len(self._needed) <= len(record) <= len(self._names):
                takes, has = ", ".join(self._names)[:300], ", ".join(map(str, record))[:300]
                raise Unfit(f"the module takes {takes or 'nothing'}, and a record has {has or 'nothing'}")
            record = dict(zip(self._names, record.values()))  # noqa: B905 - the last ones have defaults
        given = {name: self._argument(name, each) for name, each in record.items()}
        lacking = [name for name, rank in self._ranks.items() if name in given and given[name].ndim == rank - 1]
        if not lacking or len(lacking) != len(self._ranks):
            return given, False
        return {name: each[None] if name in lacking else each for name, each in given.items()}, True

    def _argument(self, name: str, value: Any) -> Any:
        if name in self._plain or value is None or isinstance(value, (str, dict)):
            return value
        if not hasattr(value, "__array__"):
            return self._fit(self._torch.tensor(value))
        numpy = module("numpy", "arrays are fed")
        return self._fit(self._torch.from_numpy(numpy.asarray(value)))

    def _fit(self, tensor: Any) -> Any:
        if tensor.is_floating_point() and self._floating is not None:
            tensor = tensor.to(self._floating)
        return tensor.to(self._device)


class Exported(Module):
    """An exported program: its inputs have a rank, a type, and a batch axis that is free or not."""

    def __init__(self, torch: Any, program: Any, device: str) -> None:
        super().__init__(torch, program.module(), "torch.export", device)
        names = [str(each) for each in program.graph_signature.user_inputs]
        spec = program.call_spec.in_spec
        # torch 2.13 calls it `children()`, and warns of the other name.
        positional, by_name = spec.children() if hasattr(spec, "children") else spec.children_specs
        if positional.num_children + by_name.num_children != len(names):
            raise Unfit("the exported program takes lists or mappings of tensors: name the production handler instead")
        self._positional = positional.num_children
        self._keywords = list(by_name.context or [])
        self._names, self._needed, self._plain = names, names, set()
        values = {node.name: node.meta.get("val") for node in program.graph.nodes if node.op == "placeholder"}
        for name in names:
            value = values.get(name)
            if isinstance(value, torch.Tensor):
                shape = [each if type(each) is int else -1 for each in value.shape]
                self.inputs[name] = (str(value.dtype).replace("torch.", ""), shape)
            else:
                self._plain.add(name)
        self._ranks = {name: len(shape) for name, (_, shape) in self.inputs.items()}
        self.batches = bool(self.inputs) and all(shape and shape[0] < 0 for _, shape in self.inputs.values())

    def many(self, records: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Ask for all records at once."""
        if not self.batches:
            raise Unfit("the program's batch axis has one size: it takes one record at a time")
        return super().many(records)

    def _argument(self, name: str, value: Any) -> Any:
        found = super()._argument(name, value)
        declared = self.inputs.get(name)
        if declared is None or not isinstance(found, self._torch.Tensor):
            return found
        dtype = getattr(self._torch, declared[0])
        if found.is_floating_point() and not dtype.is_floating_point:
            raise Unfit(f"the input {name!r} takes {declared[0]}, and is {found.dtype}")
        return found.to(dtype)

    def _called(self, given: dict[str, Any]) -> Any:
        assert self._names is not None
        values = [given[name] for name in self._names]
        named_ones = dict(zip(self._keywords, values[self._positional :]))  # noqa: B905 - zip knows strict since 3.10
        with self._torch.inference_mode():
            return self.model(*values[: self._positional], **named_ones)


def _arguments(model: Any) -> tuple[list[str] | None, list[str], set[str]]:
    """Return the names of all arguments, of those without a default, and of those that are no tensors."""
    schema = attempt(lambda: model.forward.schema.arguments[1:])
    if not isinstance(schema, Fault):
        plain = {each.name for each in schema if "Tensor" not in str(each.type)}
        needed = [each.name for each in schema if not each.has_default_value()]
        return [each.name for each in schema], needed, plain
    found = attempt(lambda: list(inspect.signature(model.forward).parameters.values()))
    if isinstance(found, Fault) or any(each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD) for each in found):
        return None, [], set()
    return [each.name for each in found], [each.name for each in found if each.default is each.empty], set()


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float)) or getattr(value, "ndim", None) == 0


def _bare(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _has_batches(given: list[dict[str, Any]], torch: Any) -> bool:
    """Return whether every tensor of every record has a first axis of the length one, and others after it."""
    tensors = [each for record in given for each in record.values() if isinstance(each, torch.Tensor)]
    return bool(tensors) and all(each.ndim >= 2 and each.shape[0] == 1 for each in tensors)


def _size(given: dict[str, Any], torch: Any) -> int:
    return next((int(each.shape[0]) for each in given.values() if isinstance(each, torch.Tensor)), 1)


def _without_axis(torch: Any, found: Any) -> Any:
    """Return what a module returned for a batch of one, without the batch axis where it has one."""
    if isinstance(found, Mapping):
        return {name: _without_axis(torch, each) for name, each in found.items()}
    if isinstance(found, (list, tuple)):
        return [_without_axis(torch, each) for each in found]
    has_axis = isinstance(found, torch.Tensor) and found.ndim and found.shape[0] == 1
    return found[0] if has_axis else found


def _split(torch: Any, found: Any, sizes: list[int], *, bare: bool) -> list[Any]:
    """Return what a module returned, for each record its part; `bare` ones lose the axis."""
    if isinstance(found, Mapping):
        parts = {name: _split(torch, each, sizes, bare=bare) for name, each in found.items()}
        return [{name: part[at] for name, part in parts.items()} for at in range(len(sizes))]
    if isinstance(found, (list, tuple)):
        lists = [_split(torch, each, sizes, bare=bare) for each in found]
        return [[part[at] for part in lists] for at in range(len(sizes))]
    if not isinstance(found, torch.Tensor) or not found.ndim or found.shape[0] != sum(sizes):
        shape = list(found.shape) if isinstance(found, torch.Tensor) else named(type(found))
        raise Unfit(f"returned {shape} for {sum(sizes)} records at once, expected an output for each of them")
    if bare:
        return [found[at] for at in range(len(sizes))]
    return list(torch.split(found, sizes))
