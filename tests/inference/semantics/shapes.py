"""What the claims share: a small network, whether a call of it builds a graph, and the memory that graphs hold."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import nn

T = TypeVar("T")

ROWS, WIDTH = 4, 8
X = torch.ones(ROWS, WIDTH)


def network() -> nn.Sequential:
    """Return a new network of two layers, its weights as they are made: they require gradients."""
    return nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH)).eval()


MODEL = network()


def forward() -> torch.Tensor:
    """Make one forward call, as a helper of a service does that has no guard of its own."""
    return MODEL(X)


def has_graph(output: torch.Tensor) -> bool:
    """Return whether the output keeps what it was computed by."""
    assert output.requires_grad == (output.grad_fn is not None)
    return output.requires_grad


def builds_graph() -> bool:
    """Return whether a forward call, made here and now, builds a graph."""
    return has_graph(forward())


def in_another_thread(work: Callable[[], T]) -> T:
    """Return what the function gives in a new thread."""
    given: list[T] = []
    thread = threading.Thread(target=lambda: given.append(work()))
    thread.start()
    thread.join()
    return given[0]


class _Saved:
    """The storage of a tensor that a graph has saved for its backward pass: lives as long as the graph does."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor.detach()  # with its graph it would hold itself


class Activations:
    """Counts what graphs hold beside the weights and the input: exact, where the memory of the process is not."""

    def __init__(self, model: nn.Module = MODEL) -> None:
        self._ours = {each.untyped_storage().data_ptr() for each in (X, *model.parameters())}
        self._saved: weakref.WeakSet[_Saved] = weakref.WeakSet()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch the graphs that are built in the block."""
        with torch.autograd.graph.saved_tensors_hooks(self._pack, lambda saved: saved.tensor):
            yield

    def _pack(self, tensor: torch.Tensor) -> _Saved:
        saved = _Saved(tensor)
        if tensor.untyped_storage().data_ptr() not in self._ours:
            self._saved.add(saved)
        return saved

    def held(self) -> int:
        """Return the bytes of the storages that living graphs hold."""
        storages = {storage.data_ptr(): storage.nbytes() for storage in map(_storage, self._saved)}
        return sum(storages.values())


def _storage(saved: _Saved) -> torch.UntypedStorage:
    return saved.tensor.untyped_storage()
