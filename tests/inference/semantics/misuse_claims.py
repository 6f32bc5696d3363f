"""What looks like a guard and is none, and what undoes one."""

# ruff: noqa: FBT003 - `requires_grad_(False)` is how torch and those who use it write it

from __future__ import annotations

import contextlib

import torch
from shapes import X, builds_graph, forward, has_graph, network


def _refuses_to_enter(guard: object) -> bool:
    """Return whether `with` refuses the object."""
    try:
        with guard:  # type: ignore[attr-defined]
            return False
    except TypeError:
        return True


def a_bare_statement() -> None:
    """no-grad/guard-not-entered: `torch.no_grad()` and `torch.inference_mode()` as statements have no effect."""
    torch.no_grad()
    torch.inference_mode()
    assert builds_graph()


def a_guard_that_is_only_assigned() -> None:
    """no-grad/guard-not-entered: a guard in a variable has no effect before it is entered."""
    guard = torch.no_grad()
    assert builds_graph()
    with guard:
        assert not builds_graph()


def a_switch_needs_no_block() -> None:
    """no-grad/guard-not-entered: `torch.set_grad_enabled(False)` works as a statement, and when it is only assigned."""
    torch.set_grad_enabled(False)
    assert not builds_graph()
    switch = torch.set_grad_enabled(True)
    assert builds_graph()
    assert switch is not None


def a_switch_as_decorator() -> None:
    """no-grad/guard-not-entered: `@torch.set_grad_enabled(False)` guards the function, and only it."""

    @torch.set_grad_enabled(False)
    def predict() -> bool:
        return builds_graph()

    assert not predict()
    assert builds_graph()


def a_block_without_parentheses() -> None:
    """no-grad/guard-not-called: `with torch.no_grad:` raises TypeError, and so does `enter_context(torch.no_grad)`."""
    for guard in (torch.no_grad, torch.inference_mode, torch.enable_grad, torch.set_grad_enabled):
        assert _refuses_to_enter(guard)
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(guard)
            except TypeError:
                continue
            raise AssertionError


def a_decorator_without_parentheses() -> None:
    """no-grad/guard-not-called: `@torch.no_grad` and `@torch.inference_mode` guard on this version (since 2.1)."""

    @torch.no_grad
    def first() -> bool:
        return builds_graph()

    @torch.inference_mode
    def second() -> bool:
        return builds_graph()

    assert not first()
    assert not second()
    assert not torch.no_grad(builds_graph)()


def a_name_as_a_statement() -> None:
    """no-grad/guard-not-called: `torch.no_grad` as a statement has no effect."""
    torch.no_grad  # noqa: B018 - what this is about
    assert builds_graph()


def a_decorated_class() -> None:
    """no-grad/guard-on-class: a decorator on a class covers its `__init__` and no other method."""

    @torch.no_grad()
    class Engine:
        def __init__(self) -> None:
            self.warm_up = forward()

        def run(self) -> bool:
            return builds_graph()

        def __call__(self) -> bool:
            return builds_graph()

    engine = Engine()
    assert not has_graph(engine.warm_up)
    assert engine.run()
    assert engine()


def a_decorated_class_without_parentheses() -> None:
    """no-grad/guard-on-class: nor does one without parentheses."""

    @torch.inference_mode
    class Engine:
        def run(self) -> bool:
            return builds_graph()

    assert Engine().run()


def enabled_in_no_grad() -> None:
    """no-grad/grad-enabled-inside: `enable_grad()` and `set_grad_enabled(True)` turn gradients on within `no_grad`."""
    with torch.no_grad():
        with torch.enable_grad():
            assert builds_graph()
        with torch.set_grad_enabled(True):
            assert builds_graph()
        assert torch.enable_grad()(builds_graph)()
        assert not builds_graph()


def switched_on_in_no_grad() -> None:
    """no-grad/grad-enabled-inside: as a statement, `set_grad_enabled(True)` holds to the end of the block."""
    with torch.no_grad():
        torch.set_grad_enabled(True)
        assert builds_graph()


def enabled_in_inference_mode() -> None:
    """no-grad/grad-enabled-inside: within `inference_mode` neither has an effect on what is computed."""
    with torch.inference_mode():
        with torch.enable_grad():
            assert torch.is_grad_enabled()
            assert not builds_graph()
        torch.set_grad_enabled(True)
        assert not builds_graph()


def inference_mode_off() -> None:
    """no-grad/grad-enabled-inside: `inference_mode(False)` turns gradients on, within either guard."""
    for guard in (torch.no_grad, torch.inference_mode):
        with guard():
            with torch.inference_mode(mode=False):
                assert builds_graph()
            assert not builds_graph()


def requiring_gradients_in_a_guard() -> None:
    """no-grad/grad-enabled-inside: `requires_grad_(True)` on weights or inputs builds no graph within a guard."""
    with torch.no_grad():
        model = network().requires_grad_(False).requires_grad_()
        assert not has_graph(model(X.clone().requires_grad_()))
    assert has_graph(model(X))
