"""Caches, views, loggers and hooks: what keeps tensors without looking like a container."""

from __future__ import annotations

import functools
import io
import logging
import logging.handlers
import queue
import weakref

import torch
from shapes import MODEL, Activations, X, forward, has_graph, network
from torch import nn

MEGABYTE = 1 << 20


def a_cache_keyed_by_tensors() -> None:
    """retained-tensor/cached: `lru_cache` never hits for an equal tensor, and keeps what it was given and gave."""

    @functools.lru_cache(maxsize=None)  # noqa: UP033 - as it is written in services
    def predict(x: torch.Tensor) -> torch.Tensor:
        return MODEL(x)

    inputs = [torch.ones_like(X) for _ in range(2)]
    alive = [weakref.ref(each) for each in inputs]
    activations = Activations()
    with activations.watched():
        for each in inputs:
            predict(each)
    del inputs, each
    assert predict.cache_info()[:2] == (0, 2)
    assert all(reference() is not None for reference in alive)
    assert activations.held() > 0
    predict.cache_clear()
    assert not any(reference() is not None for reference in alive)
    assert activations.held() == 0


def a_cache_that_is_asked_again() -> None:
    """retained-tensor/cached: it hits for the very same object alone, even if that was changed in place."""
    calls = []

    @functools.cache
    def total(x: torch.Tensor) -> float:
        calls.append(x)
        return x.sum().item()

    x = torch.zeros(2)
    assert total(x) == 0.0
    x += 1.0
    assert total(x) == 0.0
    assert len(calls) == 1


def a_cache_on_a_method() -> None:
    """retained-tensor/cached: on a method the cache keeps the object too, its weights included."""

    class Engine:
        def __init__(self) -> None:
            self.model = network()

        @functools.lru_cache(maxsize=8)  # noqa: B019 - what this is about
        def predict(self, row: int) -> float:
            return self.model(X)[row].sum().item()

    engine = Engine()
    weight = weakref.ref(engine.model[0].weight)
    engine.predict(0)
    del engine
    assert weight() is not None
    Engine.predict.cache_clear()


def a_cache_of_outputs_by_key() -> None:
    """retained-tensor/cached: keyed by a string it hits, and keeps a graph for each key."""

    @functools.lru_cache(maxsize=None)  # noqa: UP033 - as it is written in services
    def embed(text: str) -> torch.Tensor:
        return MODEL(X * len(text))

    activations = Activations()
    with activations.watched():
        for text in ("a", "bb", "a"):
            embed(text)
    assert embed.cache_info()[:2] == (1, 2)
    assert has_graph(embed("a"))
    assert activations.held() > 0


def a_detached_view() -> None:
    """retained-tensor/view: a detached slice keeps the whole tensor's storage; a clone of it, or numbers, do not."""
    whole = torch.zeros(MEGABYTE)
    part = whole[:10].detach()
    assert part.untyped_storage().nbytes() == 4 * MEGABYTE
    assert part.clone().untyped_storage().nbytes() == 40
    storage = weakref.ref(whole)
    numbers = whole[:10].tolist()
    del whole, part
    assert storage() is None
    assert numbers == [0.0] * 10


def other_views() -> None:
    """retained-tensor/view: so does what `view`, `T`, `unbind`, `split`, `squeeze` and `expand` give."""
    whole = torch.zeros(1024, 1024)
    for part in (
        whole.view(-1)[:1], whole.T, whole.unbind()[0], whole.split(1)[0], whole[:1].squeeze(),
        whole[0].expand(2, 1024), whole[0].contiguous(), whole[0].cpu(), torch.from_numpy(whole[0].numpy()),
    ):  # fmt: skip
        assert part.untyped_storage().data_ptr() == whole.untyped_storage().data_ptr()


def copies_of_parts() -> None:
    """retained-tensor/view: a mask, a list of indices or a conversion copies the part."""
    whole = torch.zeros(1024, 1024)
    for part in (whole[0][whole[0] == 0.0], whole[[0]], whole.index_select(0, torch.tensor([0])), whole[0].half()):
        assert part.untyped_storage().nbytes() <= 4 * 1024


def a_view_that_is_saved() -> None:
    """retained-tensor/view: `torch.save` of a view writes the whole storage."""
    whole = torch.zeros(MEGABYTE)
    file, smaller = io.BytesIO(), io.BytesIO()
    torch.save(whole[:10], file)
    torch.save(whole[:10].clone(), smaller)
    assert len(file.getvalue()) > 4 * MEGABYTE > 100 * len(smaller.getvalue())


def _log_into(handler: logging.Handler) -> logging.Logger:
    logger = logging.Logger("service")  # noqa: LOG001 - of its own, so that no other handler sees the record
    logger.addHandler(handler)
    return logger


def a_buffering_handler() -> None:
    """retained-tensor/logged: a record holds its arguments: a MemoryHandler keeps each tensor, with its graph."""
    activations = Activations()
    handler = logging.handlers.MemoryHandler(capacity=100)
    with activations.watched():
        _log_into(handler).warning("scores %s", forward())
    assert activations.held() > 0
    handler.buffer.clear()
    assert activations.held() == 0


def a_record_with_extra() -> None:
    """retained-tensor/logged: so it does with `extra=`."""
    activations = Activations()
    handler = logging.handlers.MemoryHandler(capacity=100)
    with activations.watched():
        _log_into(handler).warning("scored", extra={"scores": forward()})
    assert activations.held() > 0


def a_record_of_an_exception() -> None:
    """retained-tensor/logged: and with `exc_info`, whose frames have tensors in them."""
    activations = Activations()
    handler = logging.handlers.MemoryHandler(capacity=100, flushLevel=logging.CRITICAL)

    def predict() -> None:
        output = forward()
        raise ValueError(output.shape)

    with activations.watched():
        try:
            predict()
        except ValueError:
            _log_into(handler).exception("no score")
    assert activations.held() > 0


def text_and_numbers_in_the_log() -> None:
    """retained-tensor/logged: an f-string, `item()`, and a handler that formats at once keep no tensor."""
    activations = Activations()
    buffer = logging.handlers.MemoryHandler(capacity=100)
    stream, waiting = logging.StreamHandler(io.StringIO()), logging.handlers.QueueHandler(queue.Queue())
    with activations.watched():
        _log_into(buffer).warning(f"scores {forward()}")
        _log_into(buffer).warning("score %s", forward().sum().item())
        _log_into(stream).warning("scores %s", forward())
        _log_into(waiting).warning("scores %s", forward())
    assert len(buffer.buffer) == 2
    assert waiting.queue.qsize() == 1
    assert activations.held() == 0


def _hooked(keep: list[torch.Tensor], *, detach: bool) -> tuple[nn.Module, torch.utils.hooks.RemovableHandle]:
    model = network()

    def hook(_module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        keep.append(output.detach() if detach else output)

    return model, model[0].register_forward_hook(hook)


def a_hook_that_stores() -> None:
    """retained-tensor/hook: a forward hook that stores what it sees keeps a graph for each request."""
    kept: list[torch.Tensor] = []
    model, _ = _hooked(kept, detach=False)
    for _request in range(3):
        model(X)
    assert len(kept) == 3
    assert all(has_graph(each) for each in kept)


def a_hook_that_detaches() -> None:
    """retained-tensor/hook: one that detaches keeps the tensors; under a guard there is no graph to keep."""
    kept: list[torch.Tensor] = []
    model, _ = _hooked(kept, detach=True)
    model(X)
    guarded: list[torch.Tensor] = []
    other, _ = _hooked(guarded, detach=False)
    with torch.no_grad():
        other(X)
    assert not any(has_graph(each) for each in kept + guarded)
    assert len(kept) == len(guarded) == 1


def a_hook_that_is_removed() -> None:
    """retained-tensor/hook: once it is removed it stores no more, but what it has stored stays."""
    kept: list[torch.Tensor] = []
    model, handle = _hooked(kept, detach=False)
    model(X)
    handle.remove()
    model(X)
    assert len(kept) == 1
