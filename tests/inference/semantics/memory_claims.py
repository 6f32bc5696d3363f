"""What a service that keeps its outputs keeps besides them, counted in the storages that graphs hold."""

from __future__ import annotations

import asyncio
import functools
import queue
from collections import deque
from collections.abc import Callable

import torch
from shapes import MODEL, ROWS, WIDTH, Activations, X, forward, has_graph

OUTPUT = ROWS * WIDTH * 4
"""Bytes of one output."""
HIDDEN = OUTPUT
"""Bytes of the one activation inside of the network, which the backward pass would need."""
REQUESTS = 10


def _held(keep: Callable[[torch.Tensor], object], call: Callable[[], torch.Tensor] = forward) -> int:
    """Return the bytes that graphs hold after some requests, of whose outputs only what `keep` gives is kept."""
    activations, kept = Activations(), []
    with activations.watched():
        for _ in range(REQUESTS):
            kept.append(keep(call()))  # noqa: PERF401 - the container is what this is about
    return activations.held()


def nothing_that_is_kept() -> None:
    """retained-tensor/graph: an output that nobody keeps takes its graph along."""
    assert _held(lambda _: None) == 0


def a_list_of_outputs() -> None:
    """retained-tensor/graph: each output that is kept keeps the activations of its forward call."""
    assert _held(lambda output: output) == REQUESTS * HIDDEN


def a_list_of_what_is_computed_from_them() -> None:
    """retained-tensor/graph: so does a number, a part or a copy of it, as long as it is a tensor with a graph."""
    for part in (torch.sum, torch.clone, lambda output: output[0, 0], lambda output: output.softmax(-1).max(-1).values):
        assert _held(part) >= REQUESTS * HIDDEN


def a_list_of_detached_outputs() -> None:
    """retained-tensor/graph: what is kept by `detach()`, `item()` or `tolist()`, or made under a guard, holds none."""
    assert _held(torch.detach) == 0
    assert _held(lambda output: output.sum().item()) == 0
    assert _held(torch.Tensor.tolist) == 0
    assert _held(lambda output: output, torch.no_grad()(forward)) == 0
    assert _held(lambda output: output, torch.inference_mode()(forward)) == 0


def containers() -> None:
    """retained-tensor/graph: a deque, a dict and a queue keep graphs as a list does, each up to its bound."""
    activations = Activations()
    last: deque[torch.Tensor] = deque(maxlen=3)
    by_id: dict[int, torch.Tensor] = {}
    waiting: queue.Queue[torch.Tensor] = queue.Queue()
    with activations.watched():
        for _ in range(REQUESTS):
            last.append(forward())
        assert activations.held() == 3 * HIDDEN
        for each in range(REQUESTS):
            by_id[each] = forward()
            waiting.put(forward())
        assert activations.held() == (3 + 2 * REQUESTS) * HIDDEN
    last.clear()
    by_id.clear()
    while not waiting.empty():
        waiting.get()
    assert activations.held() == 0


def one_overwritten_output() -> None:
    """retained-tensor/graph: an attribute that is overwritten keeps one graph."""
    activations = Activations()

    def predict() -> None:
        predict.last = forward()  # type: ignore[attr-defined]

    with activations.watched():
        for _ in range(REQUESTS):
            predict()
    assert activations.held() == HIDDEN


def an_asyncio_queue_and_a_partial() -> None:
    """retained-tensor/graph: an asyncio queue that nobody empties, and a bound argument, keep graphs too."""
    activations = Activations()
    waiting: asyncio.Queue[torch.Tensor] = asyncio.Queue()
    with activations.watched():
        waiting.put_nowait(forward())
        output = forward()
        later = functools.partial(torch.clone, output)
        del output
    assert activations.held() == 2 * HIDDEN
    assert has_graph(later())


def an_exception_that_is_kept() -> None:
    """retained-tensor/graph: an exception that is kept holds the frames it went through, and the outputs in them."""
    activations, errors = Activations(), []

    def handler() -> None:
        output = forward()
        raise ValueError(output.shape)

    with activations.watched():
        try:
            handler()
        except ValueError as error:
            errors.append(error)
    assert activations.held() == HIDDEN
    errors[0].__traceback__ = None
    assert activations.held() == 0


def copied_without_detach() -> None:
    """retained-tensor/cpu-without-detach: `cpu()`, or any copy elsewhere, keeps the activations where they were."""
    assert _held(torch.Tensor.cpu) == REQUESTS * HIDDEN
    assert _held(lambda output: output.to("meta")) == REQUESTS * HIDDEN
    assert _held(lambda output: output.detach().cpu()) == 0
    assert _held(lambda output: output.cpu().detach()) == 0


def detached_on_its_device() -> None:
    """retained-tensor/on-device: `detach()` and `data` share the output's storage: all of it stays where it is."""
    output = forward()
    for kept in (output.detach(), output.data, output.detach().view(-1)):
        assert kept.untyped_storage().data_ptr() == output.untyped_storage().data_ptr()
        assert kept.untyped_storage().nbytes() == OUTPUT
        assert kept.device == output.device


def guarded_on_its_device() -> None:
    """retained-tensor/on-device: an output made under a guard has no graph, and its own bytes all the same."""
    with torch.inference_mode():
        output = forward()
    assert not has_graph(output)
    assert output.untyped_storage().nbytes() == OUTPUT


def copied_off_its_device() -> None:
    """retained-tensor/on-device: a copy to another device shares nothing; on the same device `cpu()` copies nothing."""
    output = forward().detach()
    assert output.to("meta").untyped_storage().data_ptr() != output.untyped_storage().data_ptr()
    assert output.cpu() is output


def a_running_total() -> None:
    """retained-tensor/accumulated: `total += output.sum()` keeps the graph of every request."""
    activations = Activations()
    total = torch.zeros(())
    with activations.watched():
        for request in range(1, REQUESTS + 1):
            total = total + forward().sum()
            assert activations.held() == request * HIDDEN
    assert _depth(total) >= REQUESTS


def a_running_total_in_place() -> None:
    """retained-tensor/accumulated: so does `+=` on a tensor that required no gradient at first."""
    activations = Activations()
    total = torch.zeros(())
    with activations.watched():
        for _ in range(REQUESTS):
            total += forward().sum()
    assert has_graph(total)
    assert activations.held() == REQUESTS * HIDDEN


def a_running_total_that_starts_as_a_number() -> None:
    """retained-tensor/accumulated: nor does it help that the total is a float at first, or is summed by `sum()`."""
    activations = Activations()
    with activations.watched():
        total: torch.Tensor | float = 0.0
        for _ in range(REQUESTS):
            total += forward().mean()
        summed = sum(forward().mean() for _ in range(REQUESTS))
    assert isinstance(total, torch.Tensor)
    assert isinstance(summed, torch.Tensor)
    assert activations.held() == 2 * REQUESTS * HIDDEN


def a_running_total_of_numbers() -> None:
    """retained-tensor/accumulated: by `item()` or `detach()` it keeps none."""
    activations = Activations()
    number, detached = 0.0, torch.zeros(())
    with activations.watched():
        for _ in range(REQUESTS):
            number += forward().sum().item()
            detached += forward().sum().detach()
    assert activations.held() == 0
    assert abs(number - detached.item()) < 1e-3


def a_state_that_is_carried_on() -> None:
    """retained-tensor/accumulated: a state that each request computes from the last one holds all of them."""
    activations = Activations()
    state = X
    with activations.watched():
        for _ in range(REQUESTS):
            state = MODEL(state)
    # Each state but the last is an input that the next layer's backward pass needs.
    assert activations.held() == REQUESTS * HIDDEN + (REQUESTS - 1) * OUTPUT


def _depth(tensor: torch.Tensor) -> int:
    """Return the length of the chain of additions that leads to the tensor."""
    depth, node = 0, tensor.grad_fn
    while node is not None:
        depth, node = depth + 1, node.next_functions[0][0]
    return depth
