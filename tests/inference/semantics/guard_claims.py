"""Where a guard holds, and what it does not reach."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator

import torch
from shapes import MODEL, X, builds_graph, has_graph, network
from torch import nn

GUARDS: tuple[Callable[[], contextlib.AbstractContextManager[object]], ...] = (
    torch.no_grad,
    torch.inference_mode,
    lambda: torch.set_grad_enabled(False),
    lambda: torch.inference_mode(mode=True),
)


def without_a_guard() -> None:
    """no-grad/unguarded-call: a forward call builds a graph if nothing is done about it."""
    assert builds_graph()


def a_block() -> None:
    """no-grad/unguarded-call: in the block of a guard none is built, and behind it one is."""
    for guard in GUARDS:
        with guard():
            assert not builds_graph()
        assert builds_graph()


def helpers_of_a_guarded_caller() -> None:
    """no-grad/unguarded-call: what a guarded function calls in its own thread is guarded."""

    @torch.no_grad()
    def handler() -> bool:
        return _helper()

    assert not handler()


def _helper() -> bool:
    return builds_graph()


def several_items_and_an_exit_stack() -> None:
    """no-grad/unguarded-call: a guard among the items of a `with`, or entered on an ExitStack, holds to its end."""
    with contextlib.nullcontext(), torch.no_grad():
        assert not builds_graph()
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.inference_mode())
        assert not builds_graph()
    assert builds_graph()


def a_decorated_function() -> None:
    """no-grad/unguarded-call: a decorated function or method is guarded, below @staticmethod and the like as well."""

    class Engine:
        @torch.no_grad()
        def run(self) -> bool:
            return builds_graph()

        @classmethod
        @torch.inference_mode()
        def run_class(cls) -> bool:
            return builds_graph()

        @staticmethod
        @torch.no_grad()
        def run_static() -> bool:
            return builds_graph()

        @property
        @torch.no_grad()
        def result(self) -> bool:
            return builds_graph()

    engine = Engine()
    assert [engine.run(), engine.run_class(), engine.run_static(), engine.result] == [False] * 4


def a_wrapped_callable() -> None:
    """no-grad/unguarded-call: `torch.no_grad()(f)` gives a guarded function, of a module too; `f` stays as it was."""
    assert not torch.no_grad()(builds_graph)()
    assert not torch.inference_mode()(functools.partial(builds_graph))()
    assert not has_graph(torch.no_grad()(MODEL)(X))
    assert builds_graph()


def a_guarded_forward() -> None:
    """no-grad/unguarded-call: a module whose `forward` is decorated guards each call of it."""

    class Guarded(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = network()

        @torch.no_grad()
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.inner(x)

    assert not has_graph(Guarded()(X))


def a_closure_that_leaves() -> None:
    """no-grad/unguarded-call: a function made under a guard is not guarded when it is called elsewhere."""

    @torch.no_grad()
    def make() -> Callable[[], bool]:
        return lambda: builds_graph()  # noqa: PLW0108 - a closure is what this is about

    assert make()()


def work_that_is_put_off() -> None:
    """no-grad/unguarded-call: a generator expression and `map` do their work where they are consumed, not made."""
    with torch.no_grad():
        expression = (builds_graph() for _ in range(2))
        mapped = map(has_graph, map(MODEL, [X, X]))
        listed = [builds_graph() for _ in range(2)]
    assert all(expression)
    assert all(mapped)
    assert not any(listed)


def a_context_manager_of_ones_own() -> None:
    """no-grad/unguarded-call: a @contextmanager that yields inside of a guard is a guard, as block and as decorator."""

    @contextlib.contextmanager
    def guard() -> Iterator[None]:
        with torch.no_grad():
            yield

    with guard():
        assert not builds_graph()
    assert not guard()(builds_graph)()
    assert builds_graph()


def a_held_guard() -> None:
    """no-grad/unguarded-call: a guard that is held in a variable guards each time that it is entered."""
    guard = torch.no_grad()
    for _ in range(2):
        with guard:
            assert not builds_graph()
        assert builds_graph()


def before_the_block() -> None:
    """no-grad/partial-guard: what was computed in front of the block keeps its graph, whatever the block does."""
    hidden = MODEL[0](X)
    with torch.no_grad():
        output = MODEL[2](hidden)
    assert has_graph(hidden)
    assert not has_graph(output)


def behind_the_block() -> None:
    """no-grad/partial-guard: a forward call behind the block builds a graph, of a guarded result too."""
    with torch.no_grad():
        hidden = MODEL[0](X)
    assert has_graph(MODEL[2](hidden))
