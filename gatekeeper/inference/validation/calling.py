"""What calls do with data: read it, check it by a model, repair it, or pass it on."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gatekeeper.inference.machine.frames import Phase
from gatekeeper.inference.modules import Class
from gatekeeper.inference.validation import kinds, mending, tables
from gatekeeper.inference.validation.data import Adapter, Data, Origin, joined
from gatekeeper.inference.validation.facts import Mending, Way
from gatekeeper.inference.validation.subjects import subject
from gatekeeper.inference.values import (
    PLAIN,
    UNKNOWN,
    Arguments,
    ClassValue,
    Constant,
    External,
    Instance,
    Value,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.validation.watching import Watcher


def called(watcher: Watcher, value: Value, arguments: Arguments, node: ast.expr, frame: Frame) -> Value | None:
    """Call a value, if that is a model or data; else return None."""
    if isinstance(value, ClassValue) and watcher.is_model(value.class_):
        return _validated(watcher, value.class_, arguments, node, frame)
    if isinstance(value, ClassValue) and (data := watcher.data(*arguments.all())):
        # A record, or what another library checks by: the same data in another form.
        by = _other_validator(watcher, value.class_)
        watcher.visit.by |= dict.fromkeys(by)
        return joined(data) if by or kinds.kind_of(value.class_, watcher.lookup_) is not None else None
    if isinstance(value, Data):
        return joined((value, *watcher.data(*arguments.all())))
    return None


def _other_validator(watcher: Watcher, class_: Class) -> list[str]:
    tops = {each.partition(".")[0] for each in watcher.objects.ancestry(class_)[1]}
    return [name for top, name in tables.OTHER_VALIDATORS.items() if top in tops]


def called_method(
    watcher: Watcher, receiver: Value, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value | None:
    """Call a method of data, of a model or of an adapter; None for anything else."""
    if isinstance(receiver, Data):
        return _of_data(watcher, receiver, name, arguments, node, frame)
    if isinstance(receiver, Adapter):
        if name not in tables.VALIDATE_METHODS:
            return UNKNOWN
        made = _validated(watcher, receiver.class_, arguments, node, frame)
        return watcher.packed("list", (made,), {}) if receiver.several else made
    if isinstance(receiver, ClassValue) and watcher.is_model(receiver.class_):
        if name in tables.VALIDATE_METHODS and not _defines(watcher, receiver.class_, name):
            return _validated(watcher, receiver.class_, arguments, node, frame)
        return _constructed(watcher, arguments, node, frame) if name in tables.UNCHECKED else None
    if isinstance(receiver, Instance) and watcher.is_model(receiver.class_) and watcher.method(receiver, name) is None:
        data = watcher.checked(receiver)
        return None if data is None else _of_data(watcher, data, name, arguments, node, frame)
    return None


def called_library(watcher: Watcher, dotted: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value | None:
    """Call something of a library that reads, checks or repairs data; None for what the machine knows better."""
    if dotted in {"pydantic.TypeAdapter", "pydantic.type_adapter.TypeAdapter"}:
        class_ = _model_named(watcher, node, frame)
        return None if class_ is None else Adapter(class_, isinstance(node.args[0], ast.Subscript))
    if frame.phase is Phase.STARTUP:
        return None
    if dotted.startswith(tables.GLOBAL_REQUESTS) or tables.OWN_REQUEST.match(dotted):
        return _read(watcher, Way.BODY, node, frame)
    if tables.WIDGET.match(dotted):
        return _read(watcher, Way.PARAMETERS, node, frame)
    data = watcher.data(*arguments.all())
    if not data:
        return None
    if dotted in {"pydantic.parse_obj_as", "pydantic.tools.parse_obj_as"}:
        return _parsed_as(watcher, arguments, node, frame)
    if dotted.rpartition(".")[2] in tables.PYDANTIC_METHODS or dotted.endswith("create_model()"):
        return _read(watcher, Way.UNSEEN, node, frame, [each for each in data if each.raw])
    if dotted in tables.PARSERS:
        if dotted.startswith("msgspec") and arguments.named("type", 1) is not None:
            watcher.visit.by["msgspec"] = None
        raw = [each for each in data if each.raw]
        return _read(watcher, tables.PARSERS[dotted], node, frame, raw) if raw else joined(data)
    return _passed_through(watcher, dotted, data, node, frame)


def _parsed_as(watcher: Watcher, arguments: Arguments, node: ast.Call, frame: Frame) -> Value | None:
    """`parse_obj_as(Model, data)` and `parse_obj_as(list[Model], data)`."""
    class_ = _model_named(watcher, node, frame)
    if class_ is None:
        return None
    made = _validated(watcher, class_, arguments, node, frame)
    return watcher.packed("list", (made,), {}) if isinstance(node.args[0], ast.Subscript) else made


def _passed_through(
    watcher: Watcher, dotted: str, data: tuple[Data, ...], node: ast.Call, frame: Frame
) -> Value | None:
    """Return what a function of a library makes of data; None where the machine knows better."""
    top, _, last = dotted.partition("(")[0].rpartition(".")
    top = top.partition(".")[0]
    if top in tables.OTHER_VALIDATORS:
        watcher.visit.by[tables.OTHER_VALIDATORS[top]] = None
    if (top == "builtins" and last in tables.CONSTANT_READERS) or dotted.startswith(tables.SILENT):
        return PLAIN
    kind = mending.of_function(dotted, node, watcher.where(frame), watcher.lookup_, raw=any(each.raw for each in data))
    if dotted in tables.CASTS:
        watcher.visit.events += 1
        kind = Mending.CAST if any(_is_untyped(each) for each in data) and not _is_tested(node, frame) else kind
    if kind is not None:
        key = watcher.mend(kind, node, frame)
        return joined(each.repaired(key) for each in data)
    return joined(data) if dotted in tables.CASTS or (top == "builtins" and last in _SCALAR) else None


_SCALAR = frozenset({"str", "round", "abs", "min", "max", "sum", "bytes"})


def _is_untyped(data: Data) -> bool:
    return data.raw and not data.origin.way.typed


def _is_tested(node: ast.Call, frame: Frame) -> bool:
    """Return whether the function tests the type of what it casts, before or after."""
    if frame.function is None or not node.args:
        return False
    subject = ast.dump(node.args[0])
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Name)
        and each.func.id == "isinstance"
        and bool(each.args)
        and ast.dump(each.args[0]) == subject
        for each in ast.walk(frame.function.node)
    )


def attribute(watcher: Watcher, value: Value, name: str, node: ast.Attribute, frame: Frame) -> Value | None:
    """Return an attribute of data, or of an object of a model; None for anything else."""
    if isinstance(value, Data):
        if value.origin.way is Way.HANDLE:
            if name in tables.ENVELOPE:
                kept = watcher.kept_by_application(node)
                return External(f"request.{name}") if kept is UNKNOWN else kept
            return _read(watcher, Way.BODY, node, frame, [value])
        return value
    if isinstance(value, External) and f"{value.dotted}.{name}".startswith(tables.GLOBAL_REQUESTS):
        read = value.dotted.endswith("request") and name in tables.READING
        return _read(watcher, Way.BODY, node, frame) if read else None
    if isinstance(value, Instance) and watcher.is_model(value.class_) and watcher.method(value, name) is None:
        return watcher.checked(value)
    return None


def own_request(watcher: Watcher, value: Value, node: ast.Attribute, frame: Frame) -> Value:
    """Return what a view of a framework reads of its own request, `self.rfile`, as input."""
    known = isinstance(value, External) and tables.OWN_REQUEST.match(value.dotted)
    return _read(watcher, Way.BODY, node, frame) if known else value


def _of_data(watcher: Watcher, data: Data, name: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """Call a method of data: what it gives is data, and what it is given to call is called with it."""
    if data.origin.way is Way.HANDLE:
        if name in tables.ENVELOPE or not (name in tables.READING or arguments.all()):
            return UNKNOWN
        if name in tables.READING:
            return _read(watcher, Way.BODY, node, frame, [data])
    for each in arguments.all():
        if watcher.is_callable(each):
            watcher.finish(watcher.call(each, Arguments((data,), starred=True), node, frame), node, frame)
    made = joined((data, *watcher.data(*arguments.all())))
    kind = mending.of_method(name, node, watcher.where(frame), watcher.lookup_, raw=data.raw)
    if kind is None:
        return made
    key = watcher.mend(kind, node, frame)
    if kind is Mending.CONSTRUCTED:
        watcher.visit.used.add(key)
    return joined(each.repaired(key) for each in watcher.data(made))


def _read(watcher: Watcher, way: Way, node: ast.expr, frame: Frame, of: list[Data] | None = None) -> Value:
    """Return what reading or parsing a request gives: it comes in there."""
    watcher.visit.events += 1
    trace = tuple(watcher.steps(frame.trail))
    origin = Origin(way, watcher.place(frame.module, node), subject(node), frame.name, trace=trace)
    for each in of or ():  # it came in there, and is read here
        watcher.visit.inputs.pop(each.origin, None)
    watcher.enter(origin)
    repairs = frozenset(key for each in of or () for key in each.repairs)
    return Data(origin, repairs)


def _validated(watcher: Watcher, class_: Class, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    """Return the object that a model makes of data. One that is made of nothing of a request is no input."""
    data = watcher.data(*arguments.all())
    watcher.visit.events += 1
    if data:
        for each in data:
            watcher.visit.used |= each.repairs
            watcher.visit.consumed[each.origin] = None
        strict = arguments.named("strict")
        said = strict.value if isinstance(strict, Constant) and isinstance(strict.value, bool) else None
        at = watcher.place(frame.module, node)
        trace = tuple(watcher.steps(frame.trail))
        watcher.enter(Origin(Way.MODEL, at, subject(node), frame.name, class_, said, trace))
    return Instance(class_)


def _constructed(watcher: Watcher, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """Return what `model_construct(...)` gives: raw data in the clothes of a model."""
    data = [each for each in watcher.data(*arguments.all()) if each.raw]
    return _read(watcher, Way.CONSTRUCTED, node, frame, data) if data else UNKNOWN


def _defines(watcher: Watcher, class_: Class, name: str) -> bool:
    return any(name in each.methods for each in watcher.objects.ancestry(class_)[0])


def _model_named(watcher: Watcher, node: ast.Call, frame: Frame) -> Class | None:
    """Return the model that the first argument names, be it in a list of it."""
    first = node.args[0] if node.args else None
    if isinstance(first, ast.Subscript):
        inner = first.slice.elts[0] if isinstance(first.slice, ast.Tuple) and first.slice.elts else first.slice
        first = inner
    if first is None:
        return None
    class_ = kinds.resolve_class(first, watcher.lookup_, watcher.where(frame))
    return class_ if class_ is not None and kinds.kind_of(class_, watcher.lookup_) is not None else None
