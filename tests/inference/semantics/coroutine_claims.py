"""Coroutines share the grad mode of their loop's thread, so a guard that is held across an `await` is not one's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager

import torch
from shapes import builds_graph, in_another_thread

BOTH: tuple[Callable[[], AbstractContextManager[None]], ...] = (torch.no_grad, torch.inference_mode)


def decorated_coroutine() -> None:
    """no-grad/guard-on-async: a decorator has no effect on an async def, with or without parentheses."""
    for decorator in (torch.no_grad(), torch.inference_mode(), torch.no_grad, torch.inference_mode):

        @decorator
        async def predict() -> bool:
            return builds_graph()

        assert asyncio.run(predict())


def decorated_coroutine_after_an_await() -> None:
    """no-grad/guard-on-async: nor behind its first `await`, nor on an async method."""

    class Engine:
        @torch.inference_mode()
        async def run(self) -> bool:
            await asyncio.sleep(0)
            return builds_graph()

    assert asyncio.run(Engine().run())


def decorated_async_generator() -> None:
    """no-grad/guard-on-async: a decorator has no effect on an async generator."""
    for decorator in (torch.no_grad(), torch.inference_mode()):

        @decorator
        async def stream() -> AsyncIterator[bool]:
            yield builds_graph()
            yield builds_graph()

        async def consume() -> list[bool]:
            return [each async for each in stream()]

        assert asyncio.run(consume()) == [True, True]


def block_without_await() -> None:
    """no-grad/guard-on-async: a block without an `await` in it does guard a coroutine."""

    async def predict() -> bool:
        with torch.no_grad():
            return builds_graph()

    assert not asyncio.run(predict())


def guarded_callee_of_a_coroutine() -> None:
    """no-grad/guard-on-async: and so does a guarded function that the coroutine calls."""

    @torch.no_grad()
    def run() -> bool:
        return builds_graph()

    async def predict() -> bool:
        return run()

    assert not asyncio.run(predict())


def other_coroutines_meanwhile() -> None:
    """no-grad/await-in-guard: while a guarded block awaits, other coroutines run with gradients off."""
    for guard in BOTH:
        seen: list[bool] = []

        async def explain() -> None:
            seen.append(builds_graph())  # noqa: B023 - called at once

        async def predict() -> None:
            with guard():  # noqa: B023 - called at once
                await asyncio.create_task(explain())

        asyncio.run(predict())
        assert seen == [False]


def two_blocks_that_interleave() -> None:
    """no-grad/await-in-guard: of two blocks that interleave, the second has gradients on once the first has ended."""
    for guard in BOTH:
        # Its own thread for each: the first leaves gradients off behind it, as claimed.
        seen = in_another_thread(lambda: asyncio.run(_interleave(guard)))  # noqa: B023 - called at once
        assert seen == {"in the first": False, "in the second": True, "behind both": False}


async def _interleave(guard: Callable[[], AbstractContextManager[None]]) -> dict[str, bool]:
    """Enter the first block, then the second; leave the first, look around in the second, and leave it."""
    seen: dict[str, bool] = {}
    second_is_in, first_is_out = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        with guard():
            await second_is_in.wait()
            seen["in the first"] = builds_graph()
        first_is_out.set()

    async def second() -> None:
        with guard():
            second_is_in.set()
            await first_is_out.wait()
            seen["in the second"] = builds_graph()

    await asyncio.gather(first(), second())
    seen["behind both"] = builds_graph()
    return seen


def async_for_and_async_with() -> None:
    """no-grad/await-in-guard: `async for` and `async with` in the block let others in as well."""
    seen: list[bool] = []

    async def other() -> None:
        seen.append(builds_graph())

    async def source() -> AsyncIterator[int]:
        await asyncio.create_task(other())
        yield 1

    @contextlib.asynccontextmanager
    async def connection() -> AsyncIterator[None]:
        await asyncio.create_task(other())
        yield

    async def predict() -> None:
        with torch.no_grad():
            async for _ in source():
                pass
            async with connection():
                pass

    asyncio.run(predict())
    assert seen == [False, False]


def an_await_that_never_suspends() -> None:
    """no-grad/await-in-guard: an `await` of a coroutine that never suspends lets nobody in."""
    seen: list[bool] = []

    async def other() -> None:
        seen.append(builds_graph())

    async def at_once() -> bool:
        return builds_graph()

    async def predict() -> None:
        task = asyncio.create_task(other())
        with torch.no_grad():
            seen.append(await at_once())
        await task

    asyncio.run(predict())
    assert seen == [False, True]


def a_task_that_the_block_awaits() -> None:
    """no-grad/await-in-guard: a task is guarded only as long as the block that awaits it is the one that is entered."""
    seen: list[bool] = []

    async def work() -> None:
        seen.append(builds_graph())
        await asyncio.sleep(0.01)
        seen.append(builds_graph())

    async def predict() -> None:
        with torch.no_grad():
            task = asyncio.create_task(work())
            await asyncio.sleep(0)
        await task

    asyncio.run(predict())
    assert seen == [False, True]


def a_task_that_outlives_the_block() -> None:
    """no-grad/unguarded-call: a task that is made in a block, and first runs behind it, is not guarded."""

    async def work() -> bool:
        return builds_graph()

    async def predict() -> bool:
        with torch.no_grad():
            task = asyncio.create_task(work())
        return await task

    assert asyncio.run(predict())


def a_coroutine_that_is_awaited_later() -> None:
    """no-grad/unguarded-call: a coroutine, or a callback of the loop, works when it is run, not where it was made."""
    seen: list[bool] = []

    async def work() -> None:
        seen.append(builds_graph())

    async def predict() -> None:
        with torch.no_grad():
            coroutine = work()
            asyncio.get_running_loop().call_soon(lambda: seen.append(builds_graph()))
        await coroutine
        await asyncio.sleep(0)

    asyncio.run(predict())
    assert seen == [True, True]


def a_switch_in_a_coroutine() -> None:
    """no-grad/await-in-guard: `set_grad_enabled(False)` in one coroutine turns gradients off in all of the loop."""

    async def predict() -> None:
        torch.set_grad_enabled(False)

    async def explain() -> bool:
        return builds_graph()

    async def serve() -> bool:
        await predict()
        return await asyncio.create_task(explain())

    assert not asyncio.run(serve())
