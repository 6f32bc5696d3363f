"""The grad mode is one per thread, and a new thread starts with gradients on."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import anyio.to_thread
import torch
from guard_claims import GUARDS
from shapes import builds_graph, in_another_thread
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool


def a_thread() -> None:
    """no-grad/guard-lost-in-thread: a Thread or Timer that is started in a guard works with gradients on."""
    seen: list[bool] = []

    def work() -> None:
        seen.append(builds_graph())

    for guard in GUARDS:
        with guard():
            for thread in (threading.Thread(target=work), threading.Timer(0.0, work)):
                thread.start()
                thread.join()
    assert seen == [True, True] * len(GUARDS)


def a_thread_pool() -> None:
    """no-grad/guard-lost-in-thread: what is submitted to or mapped over a pool works with gradients on."""
    for guard in GUARDS:
        with guard(), ThreadPoolExecutor(1) as pool:
            assert pool.submit(builds_graph).result()
            assert list(pool.map(lambda _: builds_graph(), range(2))) == [True, True]
        with guard(), ThreadPool(1) as pool:
            assert pool.apply_async(builds_graph).get()


def a_copied_context() -> None:
    """no-grad/guard-lost-in-thread: context variables do not carry the grad mode along."""
    with torch.no_grad(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(contextvars.copy_context().run, builds_graph).result()


def threads_of_asyncio() -> None:
    """no-grad/guard-lost-in-thread: `to_thread` and `run_in_executor` work with gradients on."""

    async def handler() -> tuple[bool, bool]:
        loop = asyncio.get_running_loop()
        with torch.inference_mode():
            return await asyncio.to_thread(builds_graph), await loop.run_in_executor(None, builds_graph)

    assert asyncio.run(handler()) == (True, True)


def threads_of_anyio_and_starlette() -> None:
    """no-grad/guard-lost-in-thread: so do anyio's `to_thread`, `run_in_threadpool`, and a background task."""

    async def handler() -> list[bool]:
        seen: list[bool] = []
        with torch.no_grad():
            seen.append(await anyio.to_thread.run_sync(builds_graph))
            seen.append(await run_in_threadpool(builds_graph))
            await BackgroundTask(lambda: seen.append(builds_graph()))()
        return seen

    assert asyncio.run(handler()) == [True, True, True]


def a_callable_with_its_own_guard() -> None:
    """no-grad/guard-lost-in-thread: a callable that guards itself is guarded in whatever thread."""
    with ThreadPoolExecutor(1) as pool:
        assert not pool.submit(torch.no_grad()(builds_graph)).result()
        assert not pool.submit(torch.inference_mode()(builds_graph)).result()


def a_pool_whose_threads_are_switched() -> None:
    """no-grad/guard-lost-in-thread: a pool with `initializer=torch.set_grad_enabled` has them off in its threads."""
    with ThreadPoolExecutor(2, initializer=torch.set_grad_enabled, initargs=(False,)) as pool:
        assert not any(pool.map(lambda _: builds_graph(), range(8)))
    assert builds_graph()


def a_callback() -> None:
    """no-grad/guard-lost-in-thread: a future's callback runs in the worker, without the guard of who added it."""
    seen: list[bool] = []
    release = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with torch.no_grad():
            future: concurrent.futures.Future[bool] = pool.submit(release.wait)
            future.add_done_callback(lambda _: seen.append(builds_graph()))
        release.set()
    assert seen == [True]


def the_switch_and_worker_threads() -> None:
    """no-grad/process-wide-switch: `set_grad_enabled(False)` at import holds in no thread that was there or comes."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(builds_graph).result()
        torch.set_grad_enabled(False)
        assert not builds_graph()
        assert pool.submit(builds_graph).result()
        assert in_another_thread(builds_graph)


def the_switch_and_the_event_loop() -> None:
    """no-grad/process-wide-switch: it holds for coroutines of a loop that runs in the thread that imported."""

    async def handler() -> tuple[bool, bool]:
        return builds_graph(), await asyncio.to_thread(builds_graph)

    torch.set_grad_enabled(False)
    assert asyncio.run(handler()) == (False, True)
    assert in_another_thread(lambda: asyncio.run(handler())) == (True, True)


def the_switch_in_a_worker() -> None:
    """no-grad/process-wide-switch: pulled while a worker thread imports lazily, it holds in that worker alone."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(torch.set_grad_enabled, mode=False).result()
        assert not pool.submit(builds_graph).result()
    assert builds_graph()


def entered_in_the_constructor() -> None:
    """no-grad/guard-entered-at-startup: `__enter__` in a constructor holds in the thread that constructed, no other."""

    class Engine:
        def __init__(self) -> None:
            self.guard = torch.no_grad()
            self.guard.__enter__()

        def run(self) -> bool:
            return builds_graph()

    engine = Engine()
    assert not engine.run()
    assert in_another_thread(engine.run)


def entered_on_a_stack() -> None:
    """no-grad/guard-entered-at-startup: nor does an ExitStack that is held open."""

    class Engine:
        def __init__(self) -> None:
            self.stack = contextlib.ExitStack()
            self.stack.enter_context(torch.inference_mode())

        def run(self) -> bool:
            return builds_graph()

    engine = Engine()
    assert not engine.run()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(engine.run).result()


def entered_in_a_lifespan() -> None:
    """no-grad/guard-entered-at-startup: a guard around the `yield` of a lifespan reaches handlers of its loop alone."""

    @contextlib.asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        with torch.no_grad():
            yield

    async def handler() -> bool:
        return builds_graph()

    async def serve() -> tuple[bool, bool]:
        async with lifespan():
            return await asyncio.create_task(handler()), await run_in_threadpool(builds_graph)

    assert asyncio.run(serve()) == (False, True)
