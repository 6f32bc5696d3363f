"""A function that is being walked: its variables, its grad mode, and the way that led to it."""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator

from msgspec import Struct, field

from gatekeeper.inference.grad import Mode
from gatekeeper.inference.modules import Class, Function, Module
from gatekeeper.inference.values import Environment, Value


class Phase(enum.Enum):
    """When code runs: what is made before the first request outlives each of them."""

    STARTUP = "startup"
    REQUEST = "request"


class Trail(Struct, frozen=True, eq=False):
    """The way from an entry point: each step a place in a module and what is done there, the last first.

    Attributes:
        name: the function that the step is made in, dotted.
        function: the same, as an object; None for module-level code.
    """

    module: Module
    node: ast.AST
    name: str
    what: str
    function: Function | None = None
    before: Trail | None = None
    length: int = 1

    def then(self, frame: Frame, node: ast.AST, what: str) -> Trail:
        """Return the way with one more step."""
        return Trail(frame.module, node, frame.name, what, frame.function, self, self.length + 1)

    def steps(self) -> Iterator[Trail]:
        """Yield the steps, the last first."""
        step: Trail | None = self
        while step is not None:
            yield step
            step = step.before


class Frame(Struct, eq=False):
    """One walk through a function, a class body or a module.

    Attributes:
        function: None for module-level code and class bodies.
        inside: a torch module's own code, reached by a forward call that was told of already.
        reports: what is seen here is told; else the frame is walked for its values alone.
        way: the branches that it stands in, each by the identity of its block, the outermost first.
        loops: the number of loops around it.
        returns: what the function returned so far.
        nested: forward calls inside of a torch module's code, and of these those with gradients on.
        shielded: one of them stands under a guard of that code itself.
        open: the first of them with gradients on: the call, and where it was walked.
        entered: the mode at the first `yield`: that of the body of a `with` over a context manager.
        scoped: the number of `with` blocks around the statement; what is entered in one ends with it.
        left: the modes to go back to when what `__enter__()` or `enter_context()` entered is left.
        hook: the registration of the forward hook that is walked.
        decorated: a decorator of the function itself set the mode that it began with.
        what: how the calls of this frame are told of in the way that leads on from it; empty for no step at all.
    """

    module: Module
    mode: Mode
    phase: Phase
    trail: Trail
    variables: Environment
    function: Function | None = None
    closure: Frame | None = None
    receiver: Value | None = None
    class_: Class | None = None
    inside: bool = False
    reports: bool = True
    depth: int = 0
    way: tuple[int, ...] = ()
    loops: int = 0
    returns: list[Value] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    globals_: frozenset[str] = frozenset()
    nonlocals: frozenset[str] = frozenset()
    nested: int = 0
    building: int = 0
    shielded: bool = False
    open: tuple[ast.expr, Frame] | None = None
    entered: Mode | None = None
    scoped: int = 0
    left: list[Mode] = field(default_factory=list)
    hook: ast.expr | None = None
    decorated: bool = False
    what: str = "calls:"
    stopped: bool = False

    @property
    def name(self) -> str:
        """The function's name, dotted."""
        return self.function.qualname if self.function is not None else "<module>"
