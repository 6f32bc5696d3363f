"""Method calls on tensors: what is left of the graph, and whether the result is a part of a larger tensor."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gatekeeper.inference.values import PLAIN, Arguments, Constant, Tensor, Value, join_all, tensors_in

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine

_TO_PLAIN = frozenset(
    {"item", "tolist", "numpy", "size", "dim", "numel", "nelement", "data_ptr", "get_device", "__array__"}
)
_DETACHING = frozenset(
    {"detach", "detach_", "argmax", "argmin", "argsort", "multinomial", "bincount", "nonzero", "isnan"}
)
_PARTIAL = frozenset({"select", "narrow", "chunk", "split", "unbind", "tensor_split", "unfold", "diagonal"})


def call_method(
    machine: Machine, value: Tensor, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value:
    """Call a method of a tensor."""
    del machine, node
    if not frame.mode.on and name not in {"to", "cuda", "requires_grad_"}:  # those may return the tensor itself
        value = replace(value, graph=False)
    if name in _TO_PLAIN:
        return PLAIN
    if name in _DETACHING:
        return Tensor(device=value.device, view=value.view)
    if name == "cpu" or (name == "to" and arguments.named("device", 0) == Constant("cpu")):
        return Tensor(value.graph, device=False, copied=value.graph, view=value.view)
    if name in {"to", "cuda"}:
        return Tensor(value.graph, device=True, copied=value.copied)
    if name in {"clone", "contiguous"}:
        return Tensor(value.graph, value.device, value.copied)
    if name in _PARTIAL:
        return Tensor(value.graph, value.device, value.copied, view=True)
    if name == "requires_grad_":
        return Tensor(graph=True, device=value.device)
    # Other inputs of the operation may hold a graph as well; those of `max(dim)` and `topk` are tuples of tensors.
    others = [found for each in arguments.all() if (found := tensors_in(each)) is not None]
    joined = join_all([value, *others])
    found = joined if isinstance(joined, Tensor) else value
    return found if frame.mode.on else replace(found, graph=False)
