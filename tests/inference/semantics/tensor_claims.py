"""Which results keep the graph that they were computed by."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import torch
from shapes import MODEL, X, forward, has_graph

Operation = Callable[[torch.Tensor], torch.Tensor]

KEEP: dict[str, Operation] = {
    "cpu": lambda y: y.cpu(),
    "to a device": lambda y: y.to("cpu"),
    "to a type": lambda y: y.to(torch.float64),
    "to meta": lambda y: y.to("meta"),
    "half": lambda y: y.half(),
    "clone": lambda y: y.clone(),
    "contiguous": lambda y: y.contiguous(),
    "as_tensor": torch.as_tensor,
    "index": lambda y: y[0, 0],
    "mask": lambda y: y[~y.isnan()],
    "softmax": lambda y: y.softmax(-1),
    "mean": lambda y: y.mean(),
    "norm": lambda y: y.norm(),
    "round": lambda y: y.round(),
    "times zero": lambda y: y * 0,
    "max(dim).values": lambda y: y.max(-1).values,
    "topk.values": lambda y: y.topk(2).values,
    "cat": lambda y: torch.cat([y, X]),
    "stack": lambda y: torch.stack([X, y]),
    "unbind": lambda y: y.unbind()[0],
    "copy_": lambda y: torch.empty_like(y).copy_(y),
}
"""What keeps it, a copy to another device or type included."""

LOSE: dict[str, Operation] = {
    "detach": lambda y: y.detach(),
    "data": lambda y: y.data,
    "argmax": lambda y: y.argmax(-1),
    "argsort": lambda y: y.argsort(),
    "max(dim).indices": lambda y: y.max(-1).indices,
    "topk.indices": lambda y: y.topk(2).indices,
    "comparison": lambda y: y > 0.5,
    "isnan": lambda y: y.isnan(),
    "nonzero": lambda y: y.nonzero(),
    "int": lambda y: y.int(),
    "bool": lambda y: y.bool(),
    "multinomial": lambda y: torch.multinomial(y.softmax(-1), 1),
    "zeros_like": torch.zeros_like,
    "torch.tensor": lambda y: torch.tensor(y[0, 0]),
}
"""What can't be differentiated, or says so."""


def what_keeps_a_graph() -> None:
    """retained-tensor/graph: copies, casts, moves, indexing, `max(dim).values`, `topk.values` keep the graph."""
    output = forward()
    assert [name for name, operation in KEEP.items() if not has_graph(operation(output))] == []


def what_loses_it() -> None:
    """retained-tensor/graph: `detach`, `data`, comparisons, indices and casts to integers do not."""
    output = forward()
    assert [name for name, operation in LOSE.items() if has_graph(operation(output))] == []


def what_is_no_tensor() -> None:
    """retained-tensor/graph: `item()`, `tolist()`, `float()` and `bool()` give plain numbers."""
    number = forward().sum()
    assert {type(number.item()), type(number.tolist()), type(float(number))} == {float}
    assert type(bool(number)) is bool


def arrays() -> None:
    """retained-tensor/graph: `numpy()` raises where there is a graph; of a detached tensor it is the same memory."""
    output = forward()
    for convert in (torch.Tensor.numpy, np.asarray):
        try:
            convert(output)
        except RuntimeError:
            continue
        raise AssertionError
    assert output.numpy(force=True).shape == output.shape
    array = output.detach().numpy()
    assert array.__array_interface__["data"][0] == output.data_ptr()


def outputs_with_fields() -> None:
    """retained-tensor/graph: a field of an output object (`.logits`) has the graph that computed it."""
    output = SimpleNamespace(logits=forward())
    assert has_graph(output.logits)
    assert has_graph(output.logits[:, -1])


def detaching_one_name() -> None:
    """retained-tensor/graph: `y.detach()` leaves `y` as it was; `y.detach_()` does not."""
    output = forward()
    output.detach()
    assert has_graph(output)
    output.detach_()
    assert not has_graph(output)


def written_into_a_buffer() -> None:
    """retained-tensor/graph: a buffer that an output is written into takes its graph over."""
    buffer = torch.zeros(3, *X.shape)
    buffer[0] = forward().detach()
    assert not has_graph(buffer)
    buffer[1] = forward()
    assert has_graph(buffer)


def a_copy_to_another_device() -> None:
    """retained-tensor/cpu-without-detach: the copy's graph leads to the tensor that was copied, and to its graph."""
    output = forward()
    moved = output.to("meta")  # a device that every machine has
    assert moved.device != output.device
    assert moved.grad_fn is not None
    assert [each for each, _ in moved.grad_fn.next_functions] == [output.grad_fn]


def detached_before_or_behind_the_copy() -> None:
    """retained-tensor/cpu-without-detach: `detach().cpu()` and `cpu().detach()` both lose it."""
    output = MODEL(X)
    assert not has_graph(output.detach().cpu())
    assert not has_graph(output.cpu().detach())
