"""Objects of the tree: their methods, and what their attributes hold, told from every method that assigns them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from gatekeeper.inference.grad import GUARDS
from gatekeeper.inference.machine.frames import Frame, Phase
from gatekeeper.inference.modules import Class, Function
from gatekeeper.inference.values import (
    UNKNOWN,
    Bound,
    ClassValue,
    Container,
    External,
    Guard,
    Guarded,
    Instance,
    Method,
    Network,
    Super,
    Tensor,
    Value,
    Wrapped,
    frozen,
    join,
    join_all,
    parts,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.machine import Machine

_BARE_BASES = frozenset({"torch.nn.Module", "torch.nn.modules.module.Module", "abc.ABC", "object", "builtins.object"})
_THREADS = frozenset({"threading.Thread", "multiprocessing.Process", "threading.Timer"})


_Written: TypeAlias = "tuple[Frame, tuple[int, ...], Value]"
"""What a function wrote last to an attribute: in which walk, on which way through its branches, and what."""


class Objects:
    """The classes of the tree as the walk knows them; attributes are kept per class, not per object."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._ancestry: dict[Class, tuple[list[Class], list[str]]] = {}
        self._children: dict[Class, list[Class]] | None = None
        self._is_module: dict[Class, bool] = {}
        self._heap: dict[tuple[Class, str], dict[Function | None, _Written]] = {}
        self._written: dict[str, int] = {}
        self._joined: dict[tuple[Any, ...], tuple[int, Value | None]] = {}
        self._names: dict[Class, set[str]] = {}
        self._frozen: set[tuple[Class, str]] = set()
        self._decorated: dict[Function, Value] = {}
        self._has_weights: dict[Class, bool] = {}
        self._bodies: dict[tuple[Class, str], Value] = {}

    def ancestry(self, class_: Class) -> tuple[list[Class], list[str]]:
        """Return the classes of the tree that a class is made of, itself first, and the names of the others."""
        known = self._ancestry.get(class_)
        if known is None:
            known = self._ancestry[class_] = self._machine.project.ancestry(class_)
        return known

    def is_module(self, class_: Class) -> bool:
        """Return whether objects of a class are torch modules."""
        known = self._is_module.get(class_)
        if known is None:
            others = self.ancestry(class_)[1]
            known = self._is_module[class_] = any(map(self._machine.libraries.is_module_class, others))
        return known

    def has_weights(self, class_: Class) -> bool:
        """Return whether objects of a torch module's class have weights, as far as their attributes tell.

        A class that makes neither a parameter nor a layer, and derives from `nn.Module` alone, has none.
        """
        known = self._has_weights.get(class_)
        if known is None:
            self._has_weights[class_] = False  # for what holds itself
            own, others = self.ancestry(class_)
            known = not set(others) <= _BARE_BASES or any(
                self._is_weight(self.read(Instance(class_), name)) for each in own for name in each.stored
            )
            known = self._has_weights[class_] = known or any(self._registers(each) for each in own)
        return known

    def inherits_unseen(self, class_: Class) -> bool:
        """Return whether a class may have methods that the tree does not show, beside those of every torch module."""
        return not set(self.ancestry(class_)[1]) <= _BARE_BASES

    def _is_weight(self, value: Value) -> bool:
        for each in parts(value):
            if isinstance(each, Network) and not each.weightless:
                return True
            if isinstance(each, Tensor) and each.graph:
                return True
            if isinstance(each, Instance) and self.is_module(each.class_) and self.has_weights(each.class_):
                return True
            if (
                isinstance(each, External)
                and each.dotted.endswith("()")
                and not self._machine.libraries.is_plain(each.dotted)
            ):
                return True
            if isinstance(each, Container) and each.element is not each and self._is_weight(each.element):
                return True
        return False

    def _registers(self, class_: Class) -> bool:
        """Return whether a class adds layers or parameters by name, where no attribute shows them."""
        return any(
            isinstance(each, ast.Attribute) and each.attr in {"add_module", "register_parameter", "register_module"}
            for each in ast.walk(class_.node)
        )

    def is_frozen(self, value: Instance) -> bool:
        """Return whether the weights of an object require no gradients."""
        return value.frozen or (value.class_, "") in self._frozen

    def guard_base(self, class_: Class) -> Guard | None:
        """Return the guard that a class derives from, if it does."""
        return next((GUARDS[each] for each in self.ancestry(class_)[1] if each in GUARDS), None)

    def decorated(self, function: Function) -> Value:
        """Return what the decorators of a method or a module's function make of it."""
        known = self._decorated.get(function)
        if known is None:
            self._decorated[function] = Bound(function)  # while its decorators are walked
            value: Value = Bound(function)
            frame = self._machine.scope(function.module)
            for decorator in reversed(function.decorators):
                value = self._machine.decorate(value, function, decorator, frame)
            known = self._decorated[function] = value
        return known

    def method(self, instance: Instance, name: str) -> Value | None:
        """Return a method bound to an object, or None; one that only a subclass defines is taken from there."""
        own = self.ancestry(instance.class_)[0]
        for class_ in (*own, *self._descendants(instance.class_)):
            function = class_.methods.get(name)
            if function is not None and not (class_ in own and is_abstract(function)):
                return with_receiver(self.decorated(function), instance)
        function = next((each.methods[name] for each in own if name in each.methods), None)
        return None if function is None else with_receiver(self.decorated(function), instance)

    def thread_body(self, instance: Instance) -> Value | None:
        """Return the `run` of an object that is a thread, or None."""
        is_thread = any(each in _THREADS for each in self.ancestry(instance.class_)[1])
        return self.method(instance, "run") if is_thread else None

    def inherited(self, value: Super, name: str) -> Value | None:
        """Return the method that `super().NAME` finds."""
        own, others = self.ancestry(value.instance.class_)
        after = own[own.index(value.class_) + 1 :] if value.class_ in own else own[1:]
        for class_ in after:
            if name in class_.methods:
                return with_receiver(self.decorated(class_.methods[name]), value.instance)
        base = next((each for each in others if each not in {"abc.ABC", "object", "builtins.object"}), None)
        if base is None:
            return None
        if self._machine.libraries.is_module_class(base):
            return Method(Network(f"{base}()"), name)
        return External(f"{base}().{name}")

    def read(self, instance: Instance, name: str) -> Value:
        """Return what an attribute of an object holds."""
        own = self.ancestry(instance.class_)[0]
        found = self._stored(own, name, instance)
        if found is None:
            found = self._assigned(own, name, instance)
        if found is None:
            below = self._descendants(instance.class_)
            found = self._stored(below, name, instance) or self._assigned(below, name, instance)
        if found is None:
            return UNKNOWN
        return frozen(found) if any((class_, name) in self._frozen for class_ in own) else found

    def stores(self, instance: Instance, name: str) -> bool:
        """Return whether the tree's own code assigns an attribute of an object."""
        return any(name in each.stored or name in each.assigned for each in self.ancestry(instance.class_)[0])

    def _stored(self, classes: list[Class], name: str, instance: Instance) -> Value | None:
        for class_ in classes:
            for method in class_.stored.get(name, ()):
                self._machine.walk_once(method, instance)
        key = (name, *classes)
        written = self._written.get(name, 0)
        known = self._joined.get(key)
        if known is None or known[0] != written:
            heap = (self._heap.get((class_, name), {}) for class_ in classes)
            values = [value for each in heap for _, _, value in each.values()]
            known = self._joined[key] = (written, join_all(values) if values else None)
        return known[1]

    def _assigned(self, classes: list[Class], name: str, instance: Instance) -> Value | None:
        for class_ in classes:
            if name in class_.assigned:
                return with_receiver(self.of_body(class_, name), instance)
        return None

    def of_body(self, class_: Class, name: str) -> Value:
        """Return what a class's body assigns to a name; while that is being found out, UNKNOWN."""
        key = (class_, name)
        known = self._bodies.get(key)
        if known is None:
            self._bodies[key] = UNKNOWN
            scope = self._machine.scope(class_.module)
            known = self._bodies[key] = self._machine.evaluate(class_.assigned[name][-1], scope)
        return known

    def store(self, class_: Class, name: str, value: Value, frame: Frame) -> None:
        """Note what is assigned to an attribute: a later assignment of one walk replaces the earlier one."""
        written = self._heap.setdefault((class_, name), {})
        self._written[name] = self._written.get(name, 0) + 1
        self._names.setdefault(class_, set()).add(name)
        before = written.get(frame.function)
        if before is not None:
            earlier, way, old = before
            anew = earlier is not frame and value is not old and frame.phase is Phase.REQUEST
            if anew and isinstance(old, Container):
                old.renew()
            # Only on the same way through the branches, or where they have met again, is the old value gone for good.
            if earlier is not frame or way[: len(frame.way)] != frame.way:
                value = join(old, value)
        written[frame.function] = (frame, frame.way, value)

    def fields(self, class_: Class) -> list[Value]:
        """Return what the attributes of a class's objects were seen to hold."""
        known = [self._heap[class_, name].values() for name in sorted(self._names.get(class_, ()))]
        return [value for values in known for _, _, value in values]

    def drop(self, class_: Class, name: str) -> None:
        """A request puts something new in the place of the containers that an attribute held: they don't grow."""
        for _, _, value in self._heap.get((class_, name), {}).values():
            for each in parts(value):
                if isinstance(each, Container):
                    each.renew()

    def freeze(self, class_: Class, name: str) -> None:
        """Note that an attribute's weights, or with an empty name the object's own, require no gradients."""
        self._frozen.add((class_, name))

    def _descendants(self, class_: Class) -> list[Class]:
        if self._children is None:
            self._children = {}
            for each in self._machine.project.classes():
                if each.node.bases:
                    for base in self.ancestry(each)[0][1:]:
                        self._children.setdefault(base, []).append(each)
        return self._children.get(class_, [])


def is_abstract(function: Function) -> bool:
    """Return whether a method only says that subclasses have it."""
    if isinstance(function.node, ast.Lambda):
        return False
    body = [
        each for each in function.node.body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
    ]
    if not body:
        return True
    (first, *_) = body
    if isinstance(first, ast.Pass):
        return len(body) == 1
    return isinstance(first, ast.Raise) and "NotImplementedError" in ast.dump(first)


def with_receiver(value: Value, receiver: Value) -> Value:
    """Return a function of a class bound to an object, under whatever decorators."""
    if isinstance(value, Bound):
        return replace(value, receiver=receiver) if value.receiver is None else value
    if isinstance(value, Guarded):
        return Guarded(with_receiver(value.inner, receiver), value.guard)
    if isinstance(value, Wrapped):
        if value.kind == "static":
            return value.inner
        if value.kind == "class":
            owner = receiver.class_ if isinstance(receiver, Instance) else None
            return value.inner if owner is None else with_receiver(value.inner, ClassValue(owner))
        return Wrapped(with_receiver(value.inner, receiver), value.kind, value.node)
    return value
