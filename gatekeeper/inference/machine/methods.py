"""Method calls on values that are no objects of the tree: tensors, torch modules, containers, things of libraries."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gatekeeper.inference.facts import Kind
from gatekeeper.inference.libraries import Behaviour
from gatekeeper.inference.machine import containers, contexts, forwards, freezing, tensors, threads, training
from gatekeeper.inference.machine.frames import Phase
from gatekeeper.inference.values import (
    FALSE,
    PLAIN,
    UNKNOWN,
    Arguments,
    Bound,
    ClassValue,
    Constant,
    Container,
    External,
    Guard,
    Instance,
    Method,
    ModuleValue,
    Network,
    Pending,
    Super,
    Tensor,
    Value,
    Weights,
    Wrapped,
    frozen,
    join_all,
    parts,
    tensors_in,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine

_SAME = frozenset(
    """
    eval to cuda cpu xpu mps half float double bfloat16 type share_memory to_empty apply compile module
    to_bettertransformer merge_and_unload bind fuse
    """.split()
)
"""Methods of torch modules that return the module."""
_FLUENT = frozenset({"to", "cuda", "cpu", "eval", "half", "float"})
"""Those of them that pipelines of libraries have too."""
_EVIDENCE = frozenset({"eval", "load_state_dict", "half", "requires_grad_", "cuda"})
"""Methods that only torch modules have, of what is not known otherwise (tensors aside)."""
_STRONG_EVIDENCE = frozenset({"eval", "load_state_dict", "requires_grad_"})
"""The same, of what is imported: `net.eval()`, and not `pandas.eval(...)`."""
_GROWING = frozenset({"add_module", "register_module", "append", "insert", "extend"})
"""Methods that put layers into a module."""
_CHILDREN = frozenset({"children", "modules", "named_modules", "named_children"})
_PARAMETERS = frozenset({"parameters", "named_parameters"})
_HOOKS = frozenset({"register_forward_hook", "register_forward_pre_hook", "register_module_forward_hook"})


def call_method(
    machine: Machine, receiver: Value, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value:
    """Call a method of a value."""
    assert isinstance(node.func, ast.Attribute)
    handed = threads.of_method(machine, receiver, name, arguments, node, frame)
    if handed is not None:
        return handed
    training.of_method(machine, receiver, name, arguments, node, frame)
    if type(node.func.value) is ast.Name:  # what this walk assigned a moment ago
        known = frame.variables.get(f"{node.func.value.id}.{name}")
        if known is not None and not _is_itself(known, name):
            return machine.call(known, arguments, node, frame)
    found = [_call(machine, each, name, arguments, node, frame) for each in parts(receiver)]
    return found[0] if len(found) == 1 else join_all(found)


def _is_itself(value: Value, name: str) -> bool:
    """Return whether an attribute holds the method of its own name: `self.run = self.run`."""
    return any(isinstance(each, Method) and each.name == name for each in parts(value))


def _call(machine: Machine, value: Value, name: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    caller = _CALLERS.get(type(value), _of_unknown)
    return caller(machine, value, name, arguments, node, frame)


def _of_guard(machine: Machine, value: Guard, name: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    del arguments
    if name == "__enter__":
        contexts.enter_for_good(machine, value, node, frame)
    elif name == "__exit__":
        contexts.leave(frame)
    return UNKNOWN


def _of_definition(
    machine: Machine, value: Value, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value:
    """Call what a class, a module or a function of the tree has by a name."""
    assert isinstance(node.func, ast.Attribute)
    found = parts(machine.attribute(value, name, node.func, frame))
    others = [each for each in found if not _is_itself(each, name)]
    if not others:
        return _of_class(machine, value, name, arguments, node, frame)
    return machine.call(join_all(others), arguments, node, frame)


def _of_weights(
    machine: Machine, value: Weights, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value:
    del node
    if name == "requires_grad_" and arguments.named("requires_grad", 0) == FALSE:
        machine.freeze(value, FALSE, frame)
    return value


def _of_pending(
    machine: Machine, value: Pending, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value:
    del arguments
    return machine.finish(value, node, frame) if name == "__anext__" else UNKNOWN


def _of_constant(
    machine: Machine, value: Constant, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value:
    del machine, value, name, arguments, node, frame
    return PLAIN


def _of_part(machine: Machine, value: Method, name: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """Call a method of a part of a torch module (`self.model.vision_model.eval()`): the part is a module itself."""
    owner = value.receiver
    if isinstance(owner, Network):
        part = Network(f"{owner.name}.{value.name}" if owner.name else "", owner.frozen, owner.weightless)
        return _of_network(machine, part, name, arguments, node, frame)
    return UNKNOWN


def _of_object(
    machine: Machine, value: Instance, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value:
    assert isinstance(node.func, ast.Attribute)
    method = machine.objects.method(value, name)
    is_module = machine.objects.is_module(value.class_)
    if method is None:
        if name == "start" and (run := machine.objects.thread_body(value)) is not None:
            return threads.hand_over(machine, run, Arguments(), node, frame)
        if name in _FLUENT and machine.objects.inherits_unseen(value.class_):
            return value
        stored = machine.attribute(value, name, node.func, frame)
        if is_module and isinstance(stored, Method):
            return _of_module(machine, value, name, arguments, node, frame)
        if _is_itself(stored, name):
            return UNKNOWN
        return machine.call(stored, arguments, node, frame)
    if isinstance(method, Wrapped) and method.kind == "property":
        held = machine.call(method.inner, Arguments(), node, frame)
        return machine.call(held, arguments, node, frame)
    if is_module:
        return forwards.of_object(machine, value, method, arguments, node, frame, name)
    return machine.call(method, arguments, node, frame)


def _of_module(
    machine: Machine, value: Instance, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value:
    """Call a method that every torch module has, on one of the tree."""
    assert isinstance(node.func, ast.Attribute)
    common = _of_any_module(machine, value, name, arguments, node, frame)
    if common is not None:
        return common
    inherits = machine.objects.inherits_unseen(value.class_)
    if name == "__call__" or (inherits and name in forwards.VERBS):
        return machine.call(value, arguments, node, frame)
    base = next((each for each in machine.objects.ancestry(value.class_)[1] if machine.libraries.knows(each)), None)
    known = base is not None and machine.libraries.behaviour(f"{base}().{name}") is not Behaviour.UNKNOWN
    if not known and forwards.is_part(name, arguments):
        return forwards.of_network(machine, Network(frozen=machine.objects.is_frozen(value)), arguments, node, frame)
    return UNKNOWN if base is None else machine.call_library(f"{base}().{name}", arguments, node, frame)


def _of_any_module(
    machine: Machine, value: Network | Instance, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value | None:
    assert isinstance(node.func, ast.Attribute)
    if name == "requires_grad_":
        if arguments.named("requires_grad", 0) == FALSE:
            freezing.freeze_at(machine, _before_chain(node.func.value), frame)
            return frozen(value)
        return value
    if name in _SAME or name == "train":
        return value
    if name in _GROWING and isinstance(value, Network) and value.weightless:
        return _refined(machine, Network(value.name, value.frozen), name, arguments, node, frame)
    if name in _PARAMETERS:
        return Weights(node.func.value, frame.way)
    if name in _CHILDREN:
        return machine.packed("list", (Network(),), {})
    if name in _HOOKS and arguments.positional:
        _hook(machine, arguments.positional[0], node, frame)
        return External("torch.utils.hooks.RemovableHandle()")
    return None


def _before_chain(node: ast.expr) -> ast.expr:
    """Return what `.to(device).eval()` and the like are called on: they return it."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {*_SAME, "train"}:
        node = node.func.value
    return node


def _hook(machine: Machine, hook: Value, node: ast.Call, frame: Frame) -> None:
    """Walk a forward hook: what it keeps of the output of a layer, it keeps for each request."""
    if frame.function is not None and _removes_hooks(frame):
        return
    output = Tensor(graph=frame.mode.on, device=True)
    machine.call_hook(hook, Arguments((Network(), output, output)), node, frame)


def _removes_hooks(frame: Frame) -> bool:
    """Return whether the class or the function that registers a hook also calls `.remove()`."""
    home = frame.class_.node if frame.class_ is not None else frame.function.node if frame.function else None
    return home is not None and any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr == "remove"
        for each in ast.walk(home)
    )


def _of_network(
    machine: Machine, value: Network, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value:
    common = _of_any_module(machine, value, name, arguments, node, frame)
    if common is not None:
        return common
    if name in {"forward", "__call__"}:
        return forwards.of_network(machine, value, arguments, node, frame)
    if value.name and machine.libraries.knows(value.name):
        return machine.call_library(f"{value.name}.{name}", arguments, node, frame, value)
    if name in forwards.VERBS or forwards.is_part(name, arguments):
        return forwards.of_network(machine, value, arguments, node, frame)
    return UNKNOWN


def _of_external(
    machine: Machine, value: External, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value:
    assert isinstance(node.func, ast.Attribute)
    if name in {"enter_context", "enter_async_context"} and arguments.positional:
        return contexts.enter_for_good(machine, arguments.positional[0], node, frame)
    if name in {"close", "__exit__"} and value.dotted.endswith("ExitStack()"):
        contexts.leave(frame, all_=True)
    _keeps_in_reports(machine, value, arguments, node, frame)
    kept = machine.kept_by_application(node.func)
    if kept is not UNKNOWN:
        return machine.call(kept, arguments, node, frame)
    if name in _HOOKS:
        return _of_network(machine, Network(value.dotted), name, arguments, node, frame)
    if name == "forward" and machine.uses_torch(frame.module) and machine.libraries.may_be_object(value.dotted):
        return forwards.of_network(machine, Network(), arguments, node, frame)
    if _tells_module(machine, value, name, node, frame):
        return _refined(machine, Network(value.dotted), name, arguments, node, frame)
    member = machine.member(value.dotted, name)
    if isinstance(member, External):
        return machine.call_library(member.dotted, arguments, node, frame)
    return machine.call(member, arguments, node, frame)


def _tells_module(machine: Machine, value: External, name: str, node: ast.Call, frame: Frame) -> bool:
    """Return whether to call a method tells that something not of the tree is a torch module."""
    evidence = _EVIDENCE if value.dotted.endswith("()") else _STRONG_EVIDENCE
    if name not in evidence or value.dotted.startswith(("builtins.", "torch.")):
        return False
    bare = name == "eval" and value.dotted.endswith("()") and not node.args
    told = machine.uses_torch(frame.module) or (
        (bare or name == "load_state_dict") and not machine.uses_rival(frame.module)
    )
    return told and not machine.libraries.is_plain(value.dotted)


def _keeps_in_reports(machine: Machine, value: External, arguments: Arguments, node: ast.Call, frame: Frame) -> None:
    """Tell of a tensor with a graph that is handed to a logger whose handlers keep records, or to an error tracker."""
    if not value.dotted.startswith(("logging", "sentry_sdk")):
        return
    if value.dotted.startswith("logging") and not machine.buffers_logs:
        return
    for each in arguments.all():
        tensor = tensors_in(each)
        if tensor is not None and tensor.graph:
            machine.recorder.observe(Kind.LOGGED, node, frame, detail=(("by", value.dotted.partition("(")[0]),))
            return


def _refined(machine: Machine, value: Network, name: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """Take something for a torch module from here on, since a method is called on it that nothing else has."""
    assert isinstance(node.func, ast.Attribute)
    target = node.func.value
    if isinstance(target, ast.Name | ast.Attribute):
        machine.assign(target, value, frame)
    return _of_network(machine, value, name, arguments, node, frame)


def _of_class(machine: Machine, value: Value, name: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """Call a method that a class has from a library: `Net.from_pretrained(...)`, `Net.load_from_checkpoint(...)`."""
    if isinstance(value, ClassValue) and name in {"from_pretrained", "load_from_checkpoint", "from_config", "load"}:
        return Instance(value.class_)
    if isinstance(value, Super):
        inherited = machine.objects.inherited(value, name)
        if isinstance(inherited, Method) and isinstance(inherited.receiver, Network):
            if name in {"forward", "__call__"}:
                return forwards.of_network(machine, inherited.receiver, arguments, node, frame)
            return machine.call_library(f"{inherited.receiver.name}.{name}", arguments, node, frame)
    return UNKNOWN


def _of_unknown(machine: Machine, value: Value, name: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """Call a method of something unknown: by what its name gives away, or by the one class that has such a method."""
    del value
    assert isinstance(node.func, ast.Attribute)
    kept = machine.kept_by_application(node.func)
    if kept is not UNKNOWN:
        return machine.call(kept, arguments, node, frame)
    if name in {"enter_context", "enter_async_context"} and arguments.positional:
        return contexts.enter_for_good(machine, arguments.positional[0], node, frame)
    if machine.uses_torch(frame.module):
        if name == "forward":
            return forwards.of_network(machine, Network(), arguments, node, frame)
        if name in _EVIDENCE and forwards.names_model(node.func.value):
            return _refined(machine, Network(), name, arguments, node, frame)
        if name in {"to", "train", *_PARAMETERS, *_HOOKS} and forwards.names_model(node.func.value):
            return _of_network(machine, Network(), name, arguments, node, frame)
        if name in {"detach", "argmax"}:
            return Tensor(device=True)
        if name in {"to", "cuda"} and frame.phase is Phase.STARTUP:  # if it is called, it is a module
            return External(f"object.{name}()")
    results = [_of_object(machine, each, name, arguments, node, frame) for each in machine.namesakes(name)]
    return join_all(results) if results else forwards.guessed(machine, node, arguments, frame)


_CALLERS: Mapping[type[Value], Callable[[Machine, Any, str, Arguments, ast.Call, Frame], Value]] = {
    Instance: _of_object,
    Network: _of_network,
    Tensor: tensors.call_method,
    Container: containers.call_method,
    Guard: _of_guard,
    External: _of_external,
    ClassValue: _of_definition,
    ModuleValue: _of_definition,
    Super: _of_definition,
    Bound: _of_definition,
    Weights: _of_weights,
    Method: _of_part,
    Pending: _of_pending,
    Constant: _of_constant,
}
