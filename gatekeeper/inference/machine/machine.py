"""The interpreter: evaluates expressions, executes statements, and walks the functions that are called."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from gatekeeper.inference.facts import Flaw, Guarding, Kind
from gatekeeper.inference.grad import ON, Mode
from gatekeeper.inference.machine import (
    attributes,
    binding,
    calls,
    conditions,
    frameworks,
    freezing,
    knowledge,
    library,
    methods,
    names,
    namesakes,
    running,
)
from gatekeeper.inference.machine.expressions import EXPRESSIONS, iterated
from gatekeeper.inference.machine.frames import Frame, Phase, Trail
from gatekeeper.inference.machine.knowledge import Libraries
from gatekeeper.inference.machine.objects import Objects
from gatekeeper.inference.machine.recording import Recorder
from gatekeeper.inference.machine.running import Result
from gatekeeper.inference.machine.statements import STATEMENTS
from gatekeeper.inference.modules import Class, Function, Module, Project, is_well_known
from gatekeeper.inference.values import (
    UNKNOWN,
    Arguments,
    Bound,
    Container,
    External,
    Guarded,
    Instance,
    Network,
    Partial,
    Pending,
    Value,
    Weights,
    Wrapped,
    join,
    join_all,
    parts,
)

if TYPE_CHECKING:
    from gatekeeper.inference.sources import Source

Started: TypeAlias = "tuple[Value, Arguments, ast.expr, Frame]"


class Machine:
    """Walks a project from its entry points on."""

    def __init__(self, project: Project, sources: Mapping[str, Source]) -> None:
        self.project = project
        self.libraries = Libraries()
        self.recorder = Recorder(sources)
        self.objects = Objects(self)
        self.scopes: dict[Module, Frame] = {}
        self.results: dict[tuple[Any, ...], Result] = {}
        self.ways: dict[tuple[Any, ...], int] = {}
        self.visited: set[Function] = set()
        self.started: list[Started] = []
        self.function_attributes: dict[tuple[Function, str], Value] = {}
        self.resolved: dict[tuple[str, Module], Value] = {}
        self.flaws: list[Flaw] = []
        self.closures: dict[Function, Value] = {}
        self.switched = False
        self.switch_told = False
        self.prepared = False
        self.buffers_logs = any(
            "MemoryHandler" in each.text or "QueueHandler" in each.text for each in sources.values()
        )
        self._sources = sources
        self._is_too_deep = False
        self._generators: dict[Function, bool] = {}
        self._kept: dict[str, Value] = {}
        self._programs: set[Module] = set()
        self._walked: set[tuple[Function, Class | None]] = set()
        self._started: set[Function] = set()
        self._containers: dict[tuple[ast.AST, str, Phase, bool], Container] = {}
        self._packed: dict[tuple[Any, ...], Container] = {}
        self._shared: dict[ast.AST, Function] = {}
        self._defaults: dict[ast.expr, Value] = {}
        self._annotations: dict[ast.expr, Value] = {}
        self._members: dict[tuple[str, str], Value] = {}
        self._torch: dict[Module, bool] = {}
        self._namesakes: Mapping[str, Sequence[Instance]] | None = None

    # The two halves of the language.

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """Return what an expression stands for, and do what it does."""
        evaluator = EXPRESSIONS.get(type(node))
        return UNKNOWN if evaluator is None else evaluator(self, node, frame)

    def execute(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Walk statements, as far as they are reached."""
        for each in body:
            executor = STATEMENTS.get(type(each))
            if executor is not None:
                executor(self, each, frame)
                if frame.stopped:
                    return

    def assign(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Assign a value to a target of any form."""
        binding.bind(self, target, value, frame)

    def iterate(self, value: Value, node: ast.expr, frame: Frame) -> Value:
        """Return what one element of an iterable is."""
        return iterated(self, value, node, frame)

    # Names.

    def lookup(self, name: str, frame: Frame) -> Value:
        """Return what a name stands for."""
        return names.lookup(self, name, frame)

    def assign_name(self, name: str, value: Value, frame: Frame) -> None:
        """Bind a name."""
        names.assign_name(self, name, value, frame)

    def scope(self, module: Module) -> Frame:
        """Return the frame of a module's body."""
        return names.scope_of(self, module)

    def resolve(self, dotted: str, near: Module) -> Value:
        """Return what an imported dotted name stands for."""
        return names.resolve(self, dotted, near)

    def load(self, dotted: str, near: Module) -> None:
        """Walk the body of a module that is imported."""
        module = self.project.module(dotted, near)
        if module is not None:
            self.scope(module)

    def member(self, dotted: str, name: str) -> Value:
        """Return an attribute of something of a library; of a folder of the tree it may be a module."""
        key = (dotted, name)
        known = self._members.get(key)
        if known is None:
            elsewhere = "(" in dotted or is_well_known(dotted)
            module, rest = (None, "") if elsewhere else self.project.locate(f"{dotted}.{name}")
            known = External(f"{dotted}.{name}") if module is None else names.resolve(self, f"{dotted}.{name}", module)
            if module is None or not rest:
                self._members[key] = known
        return known

    def module_member(self, module: Module, name: str) -> Value:
        """Return an attribute of a module of the tree."""
        return names.member(self, module, name)

    def annotation(self, node: ast.expr, frame: Frame) -> Value:
        """Return what an annotation says of a value."""
        known = self._annotations.get(node)
        if known is None:
            known = self._annotations[node] = names.annotation(self, node, frame)
        return known

    def default(self, function: Function, node: ast.expr) -> Value:
        """Return the default of a parameter: one object for all calls."""
        known = self._defaults.get(node)
        if known is None:
            known = self._defaults[node] = self.evaluate(node, self.scope(function.module))
        return known

    def definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Value:
        """Return what a function's decorators make of it."""
        return names.definition(self, node, frame)

    def class_for(self, node: ast.ClassDef, frame: Frame) -> Class | None:
        """Return the class that a statement defines."""
        return names.class_for(node, frame)

    def shared(self, node: ast.AST, made: Function) -> Function:
        """Return the one function object of a node."""
        return self._shared.setdefault(node, made)

    def run_as_program(self, module: Module) -> bool:
        """Walk what a module does where it is the program, once; return whether there was something to walk.

        Small servers load their model under `if __name__ == "__main__"`; what trains there is start-up, not serving.
        """
        if module in self._programs:
            return False
        self._programs.add(module)
        scope = self.scope(module)
        bodies = conditions.main_blocks(module)
        for body in bodies:
            self.execute(body, scope)
            scope.stopped = False
        return bool(bodies)

    # Attributes.

    def attribute(self, value: Value, name: str, node: ast.Attribute, frame: Frame) -> Value:
        """Return an attribute of a value."""
        return attributes.attribute(self, value, name, node, frame)

    def keep_in_application(self, name: str, value: Value) -> None:
        """Note what an application is given to keep: `app.state.model = ...`, `app["model"] = ...`."""
        before = self._kept.get(name)
        self._kept[name] = value if before is None else join(before, value)

    def kept_by_application(self, node: ast.Attribute | ast.Subscript) -> Value:
        """Return what an application keeps under the name, or the key, that an expression reads from it."""
        if not self._kept or not attributes.is_application(node.value):
            return UNKNOWN
        key = node.attr if isinstance(node, ast.Attribute) else getattr(node.slice, "value", None)
        return self._kept.get(key, UNKNOWN) if isinstance(key, str) else UNKNOWN

    def assign_attribute(self, target: ast.Attribute, value: Value, frame: Frame) -> None:
        """Assign to an attribute."""
        attributes.assign_attribute(self, target, value, frame)

    def method(self, instance: Instance, name: str) -> Value | None:
        """Return a method bound to an object, or None."""
        return self.objects.method(instance, name)

    def decorated(self, function: Function) -> Value:
        """Return what the decorators of a function of a module or class make of it."""
        return self.objects.decorated(function)

    def freeze(self, weights: Weights, value: Value, frame: Frame) -> None:
        """Set the parameters of a module to require gradients or not."""
        freezing.freeze(self, weights, value, frame)

    # Containers.

    def container(self, node: ast.AST, kind: str, frame: Frame) -> Container:
        """Return the container that an expression makes: one for each place, phase and grad mode."""
        key = (node, kind, frame.phase, frame.mode.on)
        known = self._containers.get(key)
        if known is None:
            known = self._containers[key] = Container(kind, lasting=frame.phase is Phase.STARTUP)
        return known

    def packed(self, kind: str, items: tuple[Value, ...], named: Mapping[str, Value]) -> Container:
        """Return a container of values that were at hand: equal ones are the same object."""
        key = (kind, items, tuple(named.items()))
        known = self._packed.get(key)
        if known is None:
            inside = [*items, *named.values()]
            by_key: dict[object, Value] = dict(named.items())
            known = Container(kind, join_all(inside), items, by_key, empty=not inside)
            self._packed[key] = known
        return known

    # Calls.

    def call(self, value: Value, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
        """Call a value."""
        return calls.call(self, value, arguments, node, frame)

    def call_method(self, receiver: Value, name: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
        """Call a method of a value."""
        return methods.call_method(self, receiver, name, arguments, node, frame)

    def call_library(
        self, dotted: str, arguments: Arguments, node: ast.Call, frame: Frame, receiver: Network | None = None
    ) -> Value:
        """Call something of a library; `receiver` is the torch module that it is a method of."""
        if receiver is not None:
            return knowledge.call(self, dotted, arguments, node, frame, receiver)
        return library.call(self, dotted, arguments, node, frame)

    def call_in(self, value: Value, arguments: Arguments, node: ast.expr, frame: Frame, mode: Mode, what: str) -> Value:
        """Call a value in another grad mode, and run what it leaves to be run."""
        before = frame.mode, frame.what
        frame.mode, frame.what = mode, what
        result = self.finish(self.call(value, arguments, node, frame), node, frame)
        frame.mode, frame.what = before
        return result

    def call_hook(self, hook: Value, arguments: Arguments, node: ast.expr, frame: Frame) -> None:
        """Walk a forward hook: it runs with each request."""
        inner = replace(frame, hook=node, phase=Phase.REQUEST, variables=dict(frame.variables), reports=True)
        self.call(hook, arguments, node, inner)

    def finish(self, value: Value, node: ast.expr, frame: Frame) -> Value:
        """Run what is pending of a value, in the mode of the frame: it is awaited or iterated here."""
        if not isinstance(value, Pending):
            return value
        if value.kind == "context":
            return UNKNOWN
        result = self.drive(value, node, frame)
        return result.value if value.kind == "coroutine" else result.yields

    def drive(
        self, pending: Pending, node: ast.expr, frame: Frame, mode: Mode | None = None, what: str | None = None
    ) -> Result:
        """Run the body of a coroutine, generator or context manager."""
        mode = mode or frame.mode
        if pending.guard is not None:
            mode = mode.under(pending.guard, Guarding.FUNCTION)
        del node  # the call is what the reader looks for, not where its result is awaited
        way = running.from_frame(frame, pending.site, what=what or frame.what, mode=mode)
        if pending.frame is not frame:  # the call stands in another function, and the way there is its own
            way = replace(way, trail=frame.trail)
        return running.run(self, pending.function, pending.arguments, way)

    def decorate(self, value: Value, function: Function, decorator: ast.expr, frame: Frame) -> Value:
        """Return what a decorator makes of a function."""
        return calls.decorate(self, value, function, decorator, frame)

    def walk_once(self, function: Function, receiver: Instance | None = None) -> None:
        """Walk a function for what it assigns, if nothing has walked it yet."""
        key = (function, receiver.class_ if receiver is not None else None)
        if key in self._walked:
            return
        self._walked.add(key)
        self._started.add(function)
        trail = Trail(function.module, function.node, function.qualname, "assigns", function)
        way = running.Way(ON, Phase.STARTUP, trail, reports=False)
        running.run(self, Bound(function, receiver), Arguments(), way)

    def note_unfollowed(self, function: Function, depth: int) -> None:
        """Note that a function is called too deep to be followed; of all such the first is named."""
        if not self._is_too_deep:
            self._is_too_deep = True
            what = f"{function.dotted} is called more than {depth} calls below an entry point, and was not followed"
            fix = f"name it as an entry point of its own: --entry {function.dotted}"
            self.flaws.append(Flaw(what=what, fix=fix, path=function.module.path, line=function.node.lineno))

    def note_walk(self, bound: Bound) -> None:
        """Note that a function is walked with the arguments of a real call."""
        receiver = bound.receiver
        self._started.add(bound.function)
        self._walked.add((bound.function, receiver.class_ if isinstance(receiver, Instance) else None))

    def is_walked(self, function: Function) -> bool:
        """Return whether a request, or the start of the service, reaches a function."""
        return function in self.visited or function in self._started

    # What is asked of values and modules.

    def is_callable(self, value: Value) -> bool:
        """Return whether a value is, or may be, something of the tree that can be called."""
        return any(isinstance(each, Bound | Guarded | Partial | Wrapped) for each in parts(value))

    def is_suspended(self, function: Function) -> bool:
        """Return whether calling a function runs nothing of it yet."""
        return function.is_async or self.is_generator(function)

    def is_generator(self, function: Function) -> bool:
        """Return whether a function's own body has a `yield`."""
        known = self._generators.get(function)
        if known is None:
            known = False
            # Looking for the word first spares most functions the walk.
            if not isinstance(function.node, ast.Lambda) and self._sources[function.module.path].has_word(
                "yield", function.node
            ):
                known = any(isinstance(each, ast.Yield | ast.YieldFrom) for each in calls.own_nodes(function.node))
            self._generators[function] = known
        return known

    def uses_torch(self, module: Module) -> bool:
        """Return whether a module imports torch, or what is built on it."""
        known = self._torch.get(module)
        if known is None:
            known = self._torch[module] = frameworks.uses_torch(module)
        return known

    def uses_rival(self, module: Module) -> bool:
        """Return whether a module imports another framework whose modules look like torch's, and not torch."""
        return not self.uses_torch(module) and frameworks.uses_rival(module)

    def namesakes(self, name: str) -> Sequence[Instance]:
        """Return objects of the few classes that have a method of a telling name."""
        if self._namesakes is None:
            self._namesakes = namesakes.by_method(self.project)
        return self._namesakes.get(name, ())

    def note_switch(self, frame: Frame, *, told: bool = False) -> None:
        """Note that gradients are switched off in the thread that starts the service.

        Where that is `told` as an observation of its own, the forward calls for which it does not hold are none.
        """
        if frame.phase is Phase.STARTUP:
            self.switched = True
            self.switch_told = self.switch_told or told

    def observe_cache(self, decorator: ast.expr, function: Function, frame: Frame) -> None:
        """Tell of a cache that keeps tensors; it stands at the function's decorator."""
        inner = replace(frame, module=function.module, function=function)
        self.recorder.observe(Kind.CACHED, decorator, inner)
