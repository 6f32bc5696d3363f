"""What is found: a function that a framework calls, or the code of a script that it runs."""

from __future__ import annotations

import ast
import enum

from msgspec import Struct

from gatekeeper.inference.modules import Class, Function, Module


class Phase(enum.StrEnum):
    """When a framework calls a function."""

    REQUEST = "request"
    STARTUP = "startup"
    """Once, before it serves."""


class Found(Struct, frozen=True, kw_only=True):
    """An entry point.

    Attributes:
        function: what is called; None where the module's own code is run for each request, as Streamlit does.
        module: the module of the function, or the one that is run.
        framework: `FastAPI`, `TorchServe`, ...
        threaded: it is called in another thread than the one that imported the module.
        owner: the class on whose instance it is called; a method may be inherited from another class of the tree.
        guarded: the framework itself switches gradients off around the call.
        wants_grad: the framework calls it for explanations, which need gradients.
        decorator: what hands it over; decorators above that one change nothing of what the framework calls.
        given: the position of a parameter, and the function whose result the framework passes there.
        before: it runs before the handler of each request, in the same thread.
    """

    function: Function | None
    module: Module
    framework: str
    threaded: bool = False
    owner: Class | None = None
    phase: Phase = Phase.REQUEST
    guarded: bool = False
    wants_grad: bool = False
    decorator: ast.expr | None = None
    given: tuple[int, Function] | None = None
    before: bool = False
