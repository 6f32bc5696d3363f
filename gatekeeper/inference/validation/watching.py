"""The walk with an eye on the input of requests: the machine, with data as one more kind of value."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from gatekeeper.inference.facts import Place, Step
from gatekeeper.inference.machine.forwards import hint_of
from gatekeeper.inference.machine.frames import Frame, Phase, Trail
from gatekeeper.inference.machine.machine import Machine
from gatekeeper.inference.modules import Class, Function, Module, Project
from gatekeeper.inference.sources import Source
from gatekeeper.inference.validation import calling, expressions, tables
from gatekeeper.inference.validation.data import Data, Origin, data_in, joined
from gatekeeper.inference.validation.entering import given_by_framework
from gatekeeper.inference.validation.facts import Mending, Repair
from gatekeeper.inference.validation.lookup import Lookup, Where
from gatekeeper.inference.validation.models import is_model
from gatekeeper.inference.validation.subjects import subject
from gatekeeper.inference.validation.swallowing import outcome, refuses
from gatekeeper.inference.values import (
    UNKNOWN,
    Arguments,
    Bound,
    ClassValue,
    Instance,
    Network,
    Value,
    join_all,
    parts,
)

_ENTRY = "entry point of "


class Visit(Struct):
    """What the walk from one entry point has seen.

    Attributes:
        inputs: all that came in and was not read any further; `entered` is simply all.
        reached: what of it a model is asked with.
        tested: what a condition that refuses has looked at.
        by: other packages that check.
        used: the keys of the repairs of what reaches a model, of either kind.
        consumed: what of it a model was made of.
        latest: the last origin that each model has checked.
    """

    inputs: dict[Origin, None] = field(default_factory=dict)
    reached: dict[Origin, None] = field(default_factory=dict)
    tested: dict[Origin, None] = field(default_factory=dict)
    consumed: dict[Origin, None] = field(default_factory=dict)
    entered: dict[Origin, None] = field(default_factory=dict)
    by: dict[str, None] = field(default_factory=dict)
    repairs: dict[int, Repair] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    latest: dict[Class, Origin] = field(default_factory=dict)
    asks: int = 0
    events: int = 0


class Watcher(Machine):
    """A machine that follows what a request brings until a model checks it, or is asked with it.

    Attributes:
        visits: what was seen from each entry point; `background` what threads do that the service starts beside them.
    """

    def __init__(self, project: Project, sources: Mapping[str, Source], lookup: Lookup) -> None:
        super().__init__(project, sources)
        self.lookup_ = lookup
        self.visits: dict[Function | Module, Visit] = {}
        self.background = self.visit = Visit()
        self.called: set[Function] = set()
        self._seen: list[Data] = []
        self._at: ast.expr | None = None
        self._models: dict[Class, bool] = {}
        self._eventful: set[Function] = set()
        self._bodies: dict[int, int] = {}

    # What the walk is asked for.

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """Return what an expression stands for; what is made of data is data."""
        if frame.phase is Phase.STARTUP:
            return super().evaluate(node, frame)
        outer, self._seen = self._seen, []
        at, self._at = self._at, node
        value = expressions.passed_on(self, node, super().evaluate(node, frame), self._seen, frame)
        self._seen, self._at = outer, at
        outer += [each for each in parts(value) if isinstance(each, Data)]
        return value

    def execute(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Walk statements one by one, with a look at what handlers make of exceptions."""
        if frame.phase is Phase.STARTUP:
            super().execute(body, frame)
            return
        if self._is_entry(frame, script=True):
            self._begin(frame.module)
        before = self.visit.events
        for each in body:
            replaced = []
            if isinstance(each, ast.If | ast.Assert):
                self._note_test(each, frame)
            if isinstance(each, ast.If):
                replaced = expressions.replaced(self, each, frame)
            super().execute((each,), frame)
            for name, value in replaced:
                frame.variables[name] = value
            if isinstance(each, ast.Try | ast.TryStar):
                self._note_handlers(each, frame)
            elif isinstance(each, ast.With):
                self._note_suppressed(each, frame)
            if frame.stopped:
                break
        self._bodies[id(body)] = self.visit.events - before

    def call(self, value: Value, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
        """Call a value: an entry point with what its framework passes, a model with what it checks."""
        if frame.phase is Phase.STARTUP:
            return super().call(value, arguments, node, frame)
        if self._is_entry(frame):
            return super().call(value, self._entered(value, arguments, frame), node, frame)
        found = calling.called(self, value, self._spread(value, arguments, node), node, frame)
        return found if found is not None else self.plain_call(value, arguments, node, frame)

    def plain_call(self, value: Value, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
        """Call a value as the machine does, and note whether it asks a model."""
        arguments = self._spread(value, arguments, node)
        asked, events = self.visit.asks, self.visit.events
        result = super().call(value, arguments, node, frame)
        if isinstance(value, Bound):
            self.called.add(value.function)
            self._remember(value.function, events)
        hint = hint_of(node.func) if isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute) else ""
        plain = not isinstance(value, Bound | ClassValue)
        module = isinstance(value, Network) or (isinstance(value, Instance) and self.objects.is_module(value.class_))
        if self.visit.asks == asked and (module or (plain and hint and tables.asks("", hint))):
            return self.ask(arguments)
        return result if isinstance(value, Bound | ClassValue) else self.mixed(result, arguments)

    def call_method(self, receiver: Value, name: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
        """Call a method of a value: of data, of a model, or of anything else that is given data."""
        if frame.phase is Phase.STARTUP:
            return super().call_method(receiver, name, arguments, node, frame)
        arguments = self._spread(receiver, arguments, node)
        found: list[Value] = []
        for each in parts(receiver):
            special = calling.called_method(self, each, name, arguments, node, frame)
            found.append(self._other_method(each, name, arguments, node, frame) if special is None else special)
        return found[0] if len(found) == 1 else join_all(found)

    def _other_method(self, receiver: Value, name: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
        asked = self.visit.asks
        result = super().call_method(receiver, name, arguments, node, frame)
        assert isinstance(node.func, ast.Attribute)
        if self.visit.asks == asked and tables.asks(name, hint_of(node.func.value)):
            return self.ask(arguments)
        walked = isinstance(receiver, Instance) and self.method(receiver, name) is not None
        return result if walked or name in tables.GROWING else self.mixed(result, arguments)

    def call_library(
        self, dotted: str, arguments: Arguments, node: ast.Call, frame: Frame, receiver: Network | None = None
    ) -> Value:
        """Call something of a library by its dotted name."""
        found = calling.called_library(self, dotted, arguments, node, frame)
        if found is not None:
            return found
        return super().call_library(dotted, arguments, node, frame, receiver)

    def attribute(self, value: Value, name: str, node: ast.Attribute, frame: Frame) -> Value:
        """Return an attribute of a value."""
        if frame.phase is Phase.STARTUP:
            return super().attribute(value, name, node, frame)
        found = [calling.attribute(self, each, name, node, frame) for each in parts(value)]
        if all(each is None for each in found):
            read = super().attribute(value, name, node, frame)
            return calling.own_request(self, read, node, frame)
        others = [
            super(Watcher, self).attribute(part, name, node, frame) if each is None else each
            for part, each in zip(parts(value), found, strict=True)
        ]
        return join_all(others)

    def iterate(self, value: Value, node: ast.expr, frame: Frame) -> Value:
        """Return what one element of an iterable is; of data it is data."""
        data = [each for each in parts(value) if isinstance(each, Data)]
        rest = [each for each in parts(value) if not isinstance(each, Data)]
        found = [super(Watcher, self).iterate(each, node, frame) for each in rest]
        return join_all([*data, *found])

    def assign(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Assign a value; a part of data is data, and what data is put into holds it."""
        data = [each for each in parts(value) if isinstance(each, Data)]
        if data and isinstance(target, ast.Tuple | ast.List):
            for each in target.elts:
                self.assign(each, joined(data), frame)
            return
        super().assign(target, value, frame)
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and self.data(value):
            expressions.put(self, target.value.id, value, frame)

    # What is noted.

    def enter(self, origin: Origin) -> None:
        """Note that something came in."""
        self.visit.inputs[origin] = self.visit.entered[origin] = None
        if origin.model is not None:
            self.visit.latest[origin.model] = origin

    def ask(self, arguments: Arguments) -> Value:
        """Note that a model is asked, and with what; what it answers is nothing of the request."""
        self.visit.asks += 1
        self.visit.events += 1
        for each in self.data(*arguments.all()):
            if each.origin not in self.visit.entered:
                continue  # an object remembers it of another request
            self.visit.reached[each.origin] = None
            self.visit.used |= each.repairs
        return UNKNOWN

    def mend(self, kind: Mending, node: ast.AST, frame: Frame, outcome: str = "") -> int:
        """Note a repair, and return its key."""
        key = id(node)
        if key not in self.visit.repairs:
            self.visit.repairs[key] = self._repair(kind, node, frame, outcome)
        return key

    def data(self, *values: Value) -> tuple[Data, ...]:
        """Return the data that values are or hold."""
        return data_in(values, self.checked)

    def checked(self, value: Instance) -> Data | None:
        """Return the data that an object of a model is, None for another object."""
        origin = self.visit.latest.get(value.class_)
        return None if origin is None else Data(origin)

    def is_model(self, class_: Class) -> bool:
        """Return whether making an object of a class checks it."""
        if class_ not in self._models:
            self._models[class_] = is_model(class_, self.lookup_)
        return self._models[class_]

    def mixed(self, result: Value, arguments: Arguments) -> Value:
        """Return what something outside of the tree makes of its arguments: of data, data."""
        if self.data(result) or isinstance(result, Bound | Instance | ClassValue):
            return result
        data = self.data(*arguments.all())
        return joined(data) if data else result

    def place(self, module: Module, node: ast.AST) -> Place:
        """Return where a node of a module stands."""
        return self._sources[module.path].place(node)

    def where(self, frame: Frame) -> Where:
        """Return where the code of a frame stands."""
        return Where(frame.module, frame.function, frame.class_ if frame.function is None else None)

    def steps(self, trail: Trail) -> Iterator[Step]:
        """Yield the way from the entry point, its first step first."""
        for each in reversed(list(trail.steps())):
            what = f"{each.what[:-1]} {subject(each.node)}" if each.what.endswith(":") else each.what
            yield Step(at=self.place(each.module, each.node), function=each.name, what=what)

    def _repair(self, kind: Mending, node: ast.AST, frame: Frame, outcome: str) -> Repair:
        return Repair(
            kind=kind,
            at=self.place(frame.module, node),
            subject=subject(node),
            function=frame.name,
            outcome=outcome,
            trace=tuple(self.steps(frame.trail)),
        )

    def _is_entry(self, frame: Frame, *, script: bool = False) -> bool:
        """Return whether a frame is what a framework calls an entry point from, or the script that it runs as one."""
        trail = frame.trail
        root = frame.function is None and trail.before is None and trail.what.startswith(_ENTRY)
        return root and (trail.function is None) is script

    def _entered(self, value: Value, arguments: Arguments, frame: Frame) -> Arguments:
        trail = frame.trail
        self._begin(trail.function or trail.module)
        visit = self.visit
        given = given_by_framework(self, value, trail.what.removeprefix(_ENTRY), frame)
        self.visit = visit
        known = dict(arguments.keywords)
        return Arguments(arguments.positional, tuple((dict(given.keywords) | known).items()), starred=True)

    def _begin(self, key: Function | Module) -> None:
        if key not in self.visits:
            self.visits[key] = Visit()
            # What an equal walk gave says nothing of what this entry point reaches.
            self.results.clear()
            self.ways.clear()
            for made in [each for each in self._containers if each[2] is Phase.REQUEST]:
                del self._containers[made]
        self.visit = self.visits[key]

    def _spread(self, value: Value, arguments: Arguments, node: ast.expr) -> Arguments:
        """Return the arguments of a call with what `**data` and `*data` bring, to each parameter that has none."""
        if not arguments.starred or node is not self._at or not self._seen:
            return arguments
        known = self.data(*arguments.all())
        extra = [each for each in self._seen if each not in known]
        if not extra:
            return arguments
        brings = joined(extra)
        bound = value.function.node.args if isinstance(value, Bound) else None
        names = [each.arg for each in (*bound.args, *bound.kwonlyargs)] if bound else ["*"]
        given = {name for name, _ in arguments.keywords}
        skipped = names[: len(arguments.positional) + (isinstance(value, Bound) and value.receiver is not None)]
        more = tuple((name, brings) for name in names if name not in given and name not in skipped)
        return Arguments(arguments.positional, (*arguments.keywords, *more), starred=True)

    def _remember(self, function: Function, before: int) -> None:
        """Note that a function parses or predicts; a walk that is not repeated does so all the same."""
        if self.visit.events > before:
            self._eventful.add(function)
        elif function in self._eventful:
            self.visit.events += 1

    def _note_test(self, node: ast.If | ast.Assert, frame: Frame) -> None:
        """Note what an assertion looks at, or a condition whose block refuses."""
        if isinstance(node, ast.If) and not refuses((*node.body, *node.orelse)):
            return
        for each in ast.walk(node.test):
            if isinstance(each, ast.Name) and (value := frame.variables.get(each.id)) is not None:
                self.visit.tested |= dict.fromkeys(data.origin for data in self.data(value))

    def _note_handlers(self, node: ast.Try | ast.TryStar, frame: Frame) -> None:
        if not self._bodies.get(id(node.body)):
            return
        for handler in node.handlers:
            what = outcome(handler, self.where(frame), self.lookup_)
            if what is not None:
                self._swallow(handler, what, frame)

    def _note_suppressed(self, node: ast.With, frame: Frame) -> None:
        if not self._bodies.get(id(node.body)):
            return
        for item in node.items:
            call = item.context_expr
            if (
                isinstance(call, ast.Call)
                and self.lookup_.dotted(call.func, self.where(frame)) == "contextlib.suppress"
            ):
                self._swallow(call, "passes", frame)

    def _swallow(self, node: ast.ExceptHandler | ast.expr, what: str, frame: Frame) -> None:
        key = id(node)
        if key not in self.visit.repairs:
            self.visit.repairs[key] = self._repair(Mending.SWALLOWED, node, frame, what)
        self.visit.used.add(key)
