"""A generator gives control away inside of its block: to its caller, and to whatever thread resumes it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import anyio
import torch
from shapes import builds_graph
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

BOTH: tuple[Callable[[], AbstractContextManager[None]], ...] = (torch.no_grad, torch.inference_mode)


def _in_a_block() -> Iterator[bool]:
    """Make a forward call before each item, all in one block."""
    with torch.no_grad():
        yield builds_graph()
        yield builds_graph()


@torch.no_grad()
def _decorated() -> Iterator[bool]:
    """Make a forward call before each item; the decorator enters its guard at each resumption."""
    yield builds_graph()
    yield builds_graph()


def the_caller_between_items() -> None:
    """no-grad/yield-in-guard: between the items of a block that yields, the caller runs with gradients off."""
    for guard in BOTH:

        def stream(guard: Callable[[], AbstractContextManager[None]] = guard) -> Iterator[bool]:
            with guard():
                yield builds_graph()
                yield builds_graph()

        assert [(inside, builds_graph()) for inside in stream()] == [(False, False), (False, False)]
        assert builds_graph()


def an_abandoned_generator() -> None:
    """no-grad/yield-in-guard: a caller that stops early keeps gradients off until the generator is closed."""
    stream = _in_a_block()
    next(stream)
    assert not builds_graph()
    stream.close()  # type: ignore[attr-defined]
    assert builds_graph()


def two_generators_that_interleave() -> None:
    """no-grad/yield-in-guard: two that interleave leave gradients off for good, and one is unguarded in its block."""
    first, second = _in_a_block(), _in_a_block()
    assert not next(first)
    assert not next(second)
    assert list(first) == [False]
    assert list(second) == [True]
    assert not builds_graph()


def resumed_by_another_thread() -> None:
    """no-grad/yield-in-guard: a generator that another thread resumes has gradients on, in the middle of its block."""
    stream = _in_a_block()
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        assert not one.submit(next, stream).result()
        assert other.submit(next, stream).result()
        # What entered the guard never left it: that thread serves its next request with gradients off.
        assert other.submit(next, stream, None).result() is None
        assert not one.submit(builds_graph).result()


def streamed_by_starlette() -> None:
    """no-grad/yield-in-guard: so it is where a StreamingResponse has a pool of threads resume a sync generator."""
    assert asyncio.run(_first_two(_in_a_block())) == [False, True]


def decorated_and_streamed_by_starlette() -> None:
    """no-grad/yield-in-guard: a decorated generator has gradients off in whatever thread resumes it."""
    assert asyncio.run(_first_two(_decorated())) == [False, False]


async def _first_two(stream: Iterator[bool]) -> list[bool]:
    """Return two items, where the thread that gave the first is busy with another request when the second is due."""
    items = aiter(iterate_in_threadpool(stream))
    first = await anext(items)
    entered = anyio.Event()

    def occupy() -> None:
        anyio.from_thread.run_sync(entered.set)
        anyio.from_thread.run(done.wait)

    done = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(run_in_threadpool, occupy)
        await entered.wait()
        second = await anext(items)
        done.set()
    return [first, second]


def a_decorated_generator() -> None:
    """no-grad/yield-in-guard: a decorated generator is guarded, and its caller has its own mode between the items."""
    assert [(inside, builds_graph()) for inside in _decorated()] == [(False, True), (False, True)]


def a_decorated_delegating_generator() -> None:
    """no-grad/yield-in-guard: a decorator guards what the generator delegates to by `yield from`."""

    def inner() -> Iterator[bool]:
        yield builds_graph()

    @torch.inference_mode()
    def outer() -> Iterator[bool]:
        yield from inner()

    assert list(outer()) == [False]


def a_guarded_factory_of_generators() -> None:
    """no-grad/yield-in-guard: a guarded function that returns a generator does not guard what the generator does."""

    @torch.no_grad()
    def stream() -> Iterator[bool]:
        return (builds_graph() for _ in range(2))

    assert list(stream()) == [True, True]


def a_guarded_consumer() -> None:
    """no-grad/yield-in-guard: a generator works in the mode of who consumes it."""

    def stream() -> Iterator[bool]:
        yield builds_graph()

    made = stream()
    with torch.no_grad():
        assert list(made) == [False]


def an_async_generator_with_a_block() -> None:
    """no-grad/yield-in-guard: an async generator that yields in a block turns gradients off for its consumer."""

    async def stream() -> AsyncIterator[bool]:
        with torch.no_grad():
            yield builds_graph()

    async def consume() -> list[tuple[bool, bool]]:
        return [(inside, builds_graph()) async for inside in stream()]

    assert asyncio.run(consume()) == [(False, False)]


def a_guard_around_each_item() -> None:
    """no-grad/yield-in-guard: a block that ends before the `yield` guards in any thread, and spares the caller."""

    def stream() -> Iterator[bool]:
        for _ in range(2):
            with torch.no_grad():
                built = builds_graph()
            yield built

    items = stream()
    assert not next(items)
    with ThreadPoolExecutor(1) as pool:
        assert not pool.submit(next, items).result()
    assert builds_graph()


def a_dependency_that_yields() -> None:
    """no-grad/yield-in-guard: a sync dependency that yields in a block guards a pool's thread, and not the handler."""

    @contextlib.contextmanager
    def guarded() -> Iterator[None]:
        with torch.no_grad():
            yield

    async def serve() -> bool:
        dependency = guarded()
        await run_in_threadpool(dependency.__enter__)
        seen = builds_graph()
        await run_in_threadpool(dependency.__exit__, None, None, None)
        return seen

    assert asyncio.run(serve())
