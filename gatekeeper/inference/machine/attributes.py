"""Attributes: what reading one gives, and where assigning one puts a value."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gatekeeper.inference.machine import retention
from gatekeeper.inference.machine.frames import Frame, Phase
from gatekeeper.inference.machine.objects import with_receiver
from gatekeeper.inference.values import (
    PLAIN,
    UNKNOWN,
    Arguments,
    Bound,
    ClassValue,
    Container,
    External,
    Instance,
    Method,
    ModuleValue,
    Network,
    Super,
    Tensor,
    Value,
    Weights,
    Wrapped,
    frozen,
    join,
    join_all,
    parts,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.machine import Machine


_PLAIN_OF_TENSOR = frozenset(
    {
        "shape",
        "dtype",
        "device",
        "ndim",
        "is_cuda",
        "requires_grad",
        "layout",
        "grad_fn",
        "is_leaf",
        "itemsize",
        "nbytes",
    }
)
_PARTS_OF_MODULE = frozenset(
    """
    config device dtype training name names generation_config hparams tokenizer tok bpe vocab processor
    feature_extractor image_processor scheduler
    """.split()
)
"""Attributes of torch modules that are none."""


def attribute(machine: Machine, value: Value, name: str, node: ast.Attribute, frame: Frame) -> Value:
    """Return an attribute of a value."""
    if type(node.value) is ast.Name:  # what this walk assigned a moment ago
        known = frame.variables.get(f"{node.value.id}.{name}")
        if known is not None:
            return known
    found = [_attribute(machine, each, name, node, frame) for each in parts(value)]
    return found[0] if len(found) == 1 else join_all(found)


def _attribute(machine: Machine, value: Value, name: str, node: ast.Attribute, frame: Frame) -> Value:
    if value is UNKNOWN or value is PLAIN:
        return machine.kept_by_application(node) if value is UNKNOWN else UNKNOWN
    if isinstance(value, External):
        kept = machine.kept_by_application(node)
        return kept if kept is not UNKNOWN else machine.member(value.dotted, name)
    if isinstance(value, Instance):
        return _of_object(machine, value, name, node, frame)
    if isinstance(value, ModuleValue):
        return machine.module_member(value.module, name)
    if isinstance(value, Tensor):
        return _of_tensor(value, name)
    if isinstance(value, Network):
        return _of_network(value, name)
    if isinstance(value, ClassValue):
        return _of_class(machine, value, name)
    if isinstance(value, Super):
        return machine.objects.inherited(value, name) or UNKNOWN
    if isinstance(value, Bound):
        return machine.function_attributes.get((value.function, name), Method(value, name))
    return Method(value, name)


def _of_object(machine: Machine, value: Instance, name: str, node: ast.Attribute, frame: Frame) -> Value:
    method = machine.objects.method(value, name)
    if method is not None:
        if isinstance(method, Wrapped) and method.kind == "property":
            return machine.call(method.inner, Arguments(), node, frame)
        return method
    found = machine.objects.read(value, name)
    if found is not UNKNOWN:
        return frozen(found) if machine.objects.is_frozen(value) else found
    if machine.objects.is_module(value.class_):
        return Method(value, name)
    if machine.objects.stores(value, name):  # by the tree's own code, of what nobody knows
        return machine.kept_by_application(node)
    others = [each for each in machine.objects.ancestry(value.class_)[1] if each not in {"abc.ABC", "object"}]
    return External(f"{others[0]}().{name}") if others else UNKNOWN


def _of_tensor(value: Tensor, name: str) -> Value:
    if name in _PLAIN_OF_TENSOR:
        return PLAIN
    if name == "data":
        return Tensor(device=value.device, view=value.view)
    # T, mT, grad, real; and of a model's output its logits, last_hidden_state, loss: all of them hold the graph.
    return value


def _of_network(value: Network, name: str) -> Value:
    if name in _PARTS_OF_MODULE:
        return UNKNOWN
    return Method(value, name)


def _of_class(machine: Machine, value: ClassValue, name: str) -> Value:
    own, others = machine.objects.ancestry(value.class_)
    for class_ in own:
        if name in class_.methods:
            found = machine.objects.decorated(class_.methods[name])
            if isinstance(found, Wrapped) and found.kind == "class":
                return with_receiver(found.inner, value)
            return found.inner if isinstance(found, Wrapped) and found.kind == "static" else found
        if name in class_.assigned:
            return machine.objects.of_body(class_, name)
    stored = machine.objects.read(Instance(value.class_), name)
    if stored is not UNKNOWN:
        return stored
    return Method(value, name) if others else UNKNOWN


def assign_attribute(machine: Machine, target: ast.Attribute, value: Value, frame: Frame) -> None:
    """Assign to an attribute of an object, a class, a module or a function."""
    owner = machine.evaluate(target.value, frame)
    if type(target.value) is ast.Name:
        frame.variables[f"{target.value.id}.{target.attr}"] = value
    if is_application(target.value):
        machine.keep_in_application(target.attr, value)
        if not _is_of_request(target.value):
            retention.assigned(machine, value, target, frame, ast.unparse(target.value))
    for each in parts(owner):
        if isinstance(each, Instance):
            _assign_to_object(machine, each, target, value, frame)
        elif isinstance(each, Weights):
            if target.attr == "requires_grad":
                machine.freeze(each, value, frame)
        else:
            _assign_to_definition(machine, each, target, value, frame)


def _assign_to_definition(machine: Machine, owner: Value, target: ast.Attribute, value: Value, frame: Frame) -> None:
    """Assign to an attribute of what outlives every request by itself: a class, a function, a module."""
    if isinstance(owner, ClassValue):
        machine.objects.store(owner.class_, target.attr, value, frame)
        home = f"the class {owner.class_.name}"
    elif isinstance(owner, Bound):
        machine.function_attributes[owner.function, target.attr] = value
        home = f"the function {owner.function.name}"
    elif isinstance(owner, ModuleValue):
        scope = machine.scope(owner.module)
        scope.variables[target.attr] = join(scope.variables.get(target.attr, value), value)
        home = f"the module {owner.module.name}"
    else:
        return
    retention.assigned(machine, value, target, frame, home)


def is_application(node: ast.expr) -> bool:
    """Return whether an expression is what an application keeps things in, by its name: `app.state`, `request.app`."""
    if isinstance(node, ast.Attribute):
        return node.attr in {"state", "app", "session_state"}
    return isinstance(node, ast.Name) and node.id in {"app", "application"}


def _is_of_request(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in {"request", "req"}


def _assign_to_object(machine: Machine, owner: Instance, target: ast.Attribute, value: Value, frame: Frame) -> None:
    home = owner.class_
    if frame.phase is Phase.REQUEST and _is_new(value):
        machine.objects.drop(home, target.attr)
    machine.objects.store(home, target.attr, value, frame)


def _is_new(value: Value) -> bool:
    """Return whether a container was made by the request that stores it."""
    return isinstance(value, Container) and not value.lasting
