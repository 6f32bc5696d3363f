"""What a walk has seen: each forward call with what guards it, each observation once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from gatekeeper.inference.facts import Forward, Guarding, Kind, Observation, Place, Step
from gatekeeper.inference.machine import gradients
from gatekeeper.inference.machine.frames import Phase, Trail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.modules import Function, Module
    from gatekeeper.inference.sources import Source
    from gatekeeper.inference.values import Container

_Key: TypeAlias = tuple[Kind, str, int, int]

MAX_SUBJECT = 160
"""Characters of an expression's source that a report repeats."""


class Recorder:
    """Collects what is seen; of one thing seen at one place, the shortest way that led there.

    Attributes:
        count: forward calls that were walked over, each as often as it was.
    """

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.count = 0
        self._sources = sources
        self._observations: dict[_Key, Observation] = {}
        self._forwards: dict[tuple[str, int, int], Forward] = {}
        self._functions: dict[_Key, Function | None] = {}
        self._guarding: set[Function | None] = set()
        self._later: list[tuple[Container, Observation]] = []
        self._spare: list[Observation] = []

    def forward(self, node: ast.expr, frame: Frame, guarding: Guarding, *, partial: bool = False) -> None:
        """Note a forward call, and tell of it if nothing guards it; `partial` if its function guards another one."""
        if not frame.reports or frame.phase is Phase.STARTUP:
            return
        self.count += 1
        if guarding is Guarding.LEXICAL or partial:
            self._guarding.add(frame.function)
        if guarding is Guarding.NOTHING and gradients.are_wanted(frame):
            guarding = Guarding.WANTED
        place = self._place(frame.module, node)
        key = (place.path, place.line, place.column)
        if key not in self._forwards or guarding is Guarding.NOTHING:
            self._forwards[key] = Forward(at=place, subject=self._subject(frame.module, node), guarding=guarding)
        if guarding is Guarding.NOTHING and not frame.mode.enabled:
            self.observe(_kind_of_unguarded(frame), node, frame, detail=_home(frame))

    def observe(
        self,
        kind: Kind,
        node: ast.AST,
        frame: Frame,
        *,
        detail: tuple[tuple[str, str], ...] = (),
        always: bool = False,
    ) -> None:
        """Note an observation. What is walked for its values alone, or before the first request, is told `always`."""
        if not always and (not frame.reports or frame.phase is Phase.STARTUP):
            return
        self._add(self._observation(kind, node, frame, detail), frame.function)

    def unless_told(self, kind: Kind, node: ast.AST, frame: Frame) -> None:
        """Note an observation that is told if nothing of its kind is told of the same file."""
        if frame.reports and frame.phase is Phase.REQUEST:
            self._spare.append(self._observation(kind, node, frame, ()))

    def later(
        self, container: Container, kind: Kind, node: ast.AST, frame: Frame, detail: tuple[tuple[str, str], ...]
    ) -> None:
        """Note an observation that holds if the container is not renewed, and if it may grow where that matters.

        A bounded one holds as many bases of views as it has places.
        """
        if frame.reports:
            self._later.append((container, self._observation(kind, node, frame, detail)))

    def observations(self) -> tuple[Observation, ...]:
        """Return all of them in the order of their places."""
        told = {_order(each.at) for each in self._observations.values()}
        for container, observation in self._later:
            harmless = container.renewed if observation.kind is Kind.VIEW_RETAINED else container.bounded
            if not harmless and _order(observation.at) not in told:
                self._add(observation, None)
        known = {(each.kind, each.at.path) for each in self._observations.values()}
        for each in self._spare:
            if (each.kind, each.at.path) not in known:
                self._add(each, None)
        return tuple(self._partial(key, each) for key, each in self._observations.items())

    def _partial(self, key: _Key, found: Observation) -> Observation:
        """Call an unguarded call a partial guard where its function guards another forward call."""
        if found.kind is not Kind.UNGUARDED_CALL or self._functions[key] not in self._guarding:
            return found
        return replace(found, kind=Kind.PARTIAL_GUARD)

    def forwards(self) -> tuple[Forward, ...]:
        """Return all forward calls in the order of their places."""
        return tuple(sorted(self._forwards.values(), key=lambda each: _order(each.at)))

    def _add(self, found: Observation, function: Function | None) -> None:
        key = (found.kind, found.at.path, found.at.line, found.at.column)
        self._functions[key] = function
        known = self._observations.get(key)
        if known is None or len(found.trace) < len(known.trace):
            self._observations[key] = found

    def _observation(self, kind: Kind, node: ast.AST, frame: Frame, detail: tuple[tuple[str, str], ...]) -> Observation:
        return Observation(
            kind=kind,
            at=self._place(frame.module, node),
            subject=self._subject(frame.module, node),
            function=frame.name,
            trace=tuple(self._steps(frame.trail)),
            detail=detail,
        )

    def _steps(self, trail: Trail) -> Iterator[Step]:
        for each in reversed(list(trail.steps())):
            what = each.what
            if what.endswith(":"):
                what = f"{what[:-1]} {self._subject(each.module, each.node)}"
            yield Step(at=self._place(each.module, each.node), function=each.name, what=what)

    def _place(self, module: Module, node: ast.AST) -> Place:
        return self._sources[module.path].place(node)

    def _subject(self, module: Module, node: ast.AST) -> str:
        del module
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            return getattr(node, "name", "<module>")
        text = ast.unparse(node) if isinstance(node, ast.expr | ast.stmt) else ""
        return text if len(text) <= MAX_SUBJECT else f"{text[:MAX_SUBJECT]}..."


def _order(at: Place) -> tuple[str, int, int, int]:
    return at.path, at.cell or 0, at.line, at.column


def _home(frame: Frame) -> tuple[tuple[str, str], ...]:
    """Return the detail `home`: what the call stands in, where that is nothing that a guard can decorate."""
    if frame.function is None:
        return (("home", "module"),)
    if isinstance(frame.function.node, ast.Lambda):
        return (("home", "lambda"),)
    return (("home", "coroutine"),) if frame.function.is_async else ()


def _kind_of_unguarded(frame: Frame) -> Kind:
    if frame.mode.lost:
        return Kind.GUARD_LOST_IN_THREAD
    if frame.mode.switched:
        return Kind.PROCESS_WIDE_SWITCH
    return Kind.UNGUARDED_CALL
