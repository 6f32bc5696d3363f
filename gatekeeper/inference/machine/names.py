"""What names stand for: variables, globals of modules, what is imported, what annotations say."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from gatekeeper.inference.grad import ON
from gatekeeper.inference.machine.frames import Frame, Phase, Trail
from gatekeeper.inference.modules import Class, Function, Module
from gatekeeper.inference.values import (
    INPUT,
    NONE,
    UNKNOWN,
    Bound,
    ClassValue,
    Container,
    External,
    Instance,
    ModuleValue,
    Network,
    Value,
    join,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.machine import Machine

_BUILTINS = frozenset(vars(builtins))


def lookup(machine: Machine, name: str, frame: Frame) -> Value:
    """Return what a name stands for in a frame."""
    if name not in frame.globals_:
        around: Frame | None = frame
        while around is not None:
            value = around.variables.get(name)
            if value is not None:
                return value
            around = around.closure
    return global_value(machine, frame.module, name)


def global_value(machine: Machine, module: Module, name: str, depth: int = 0) -> Value:
    """Return what a name stands for at the end of a module's body.

    Functions that rebind it (`global model`, in a start-up handler) are walked where the body leaves it empty.
    """
    scope = scope_of(machine, module)
    value = scope.variables.get(name)
    if value is None or value == NONE or value is UNKNOWN:
        for function in module.rebound.get(name, ()):
            machine.walk_once(function)
        value = scope.variables.get(name, value)
    empty = value is None or (isinstance(value, Container) and value.empty)
    if empty and name in module.assigned and machine.run_as_program(module):
        value = scope.variables.get(name)
    if value is not None:
        return value
    return _unbound(machine, module, name, depth)


def _unbound(machine: Machine, module: Module, name: str, depth: int) -> Value:
    """Return what a name stands for that the module's body, as far as it was walked, does not bind."""
    if name in module.imports:  # inside of a function, or not yet reached by a body that imports in a circle
        return resolve(machine, module.imports[name], module)
    if name in module.classes:
        return ClassValue(module.classes[name])
    if name in module.functions:
        return machine.decorated(module.functions[name])
    for source in module.star_imports:
        starred = machine.project.module(source, module)
        if starred is not None and starred is not module and depth < 5:
            found = global_value(machine, starred, name, depth + 1)
            if found is not UNKNOWN:
                return found
    return External(f"builtins.{name}") if name in _BUILTINS else UNKNOWN


def scope_of(machine: Machine, module: Module) -> Frame:
    """Return the frame of a module's body, walked once; in a circle of imports as far as it is."""
    known = machine.scopes.get(module)
    if known is not None:
        return known
    trail = Trail(module, module.tree, "<module>", "imported")
    frame = Frame(module=module, mode=ON, phase=Phase.STARTUP, trail=trail, variables={}, reports=False)
    machine.scopes[module] = frame
    machine.execute(module.tree.body, frame)
    return frame


def resolve(machine: Machine, dotted: str, near: Module) -> Value:
    """Return what an imported dotted name stands for."""
    key = (dotted, near)
    known = machine.resolved.get(key)
    if known is not None:
        return known
    module, rest = machine.project.locate(dotted, near)
    if module is None:
        found: Value = External(dotted)
    else:
        machine.resolved[key] = UNKNOWN  # names that are imported in a circle stand for nothing
        found = ModuleValue(module)
        for part in rest.split(".") if rest else ():
            found = _member(machine, found, part)
    if module is not None and rest:
        del machine.resolved[key]  # a global may come to hold something else
    else:
        machine.resolved[key] = found
    return found


def _member(machine: Machine, value: Value, name: str) -> Value:
    if not isinstance(value, ModuleValue):
        return UNKNOWN
    found = global_value(machine, value.module, name)
    if found is UNKNOWN:
        submodule = machine.project.module(f"{value.module.name}.{name}", value.module)
        return ModuleValue(submodule) if submodule is not None else UNKNOWN
    return found


def member(machine: Machine, module: Module, name: str) -> Value:
    """Return an attribute of a module of the tree."""
    return _member(machine, ModuleValue(module), name)


def assign_name(machine: Machine, name: str, value: Value, frame: Frame) -> None:
    """Bind a variable where the frame binds it."""
    if name in frame.globals_ and frame.function is not None:
        scope = scope_of(machine, frame.module)
        old = scope.variables.get(name)
        _evicts(old, value, frame)
        scope.variables[name] = value if old is None else join(old, value)
    elif name in frame.nonlocals:
        around = frame.closure
        while around is not None and name not in around.variables:
            around = around.closure
        if around is not None:
            around.variables[name] = join(around.variables[name], value)
    else:
        frame.variables[name] = value


def _evicts(old: Value | None, new: Value, frame: Frame) -> None:
    """A request that puts a new container in the place of a lasting one drops what it held."""
    if isinstance(old, Container) and old is not new and frame.phase is Phase.REQUEST:
        old.renew()


def annotation(machine: Machine, node: ast.expr, frame: Frame) -> Value:
    """Return what an annotation says of a value: a tensor, a torch module, an object of the tree or of a library."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except SyntaxError:  # a string that is no type says nothing
            return UNKNOWN
    if isinstance(node, ast.BinOp):
        return join(annotation(machine, node.left, frame), annotation(machine, node.right, frame))
    if isinstance(node, ast.Subscript):
        return _generic(machine, node, frame)
    if not isinstance(node, ast.Name | ast.Attribute):
        return UNKNOWN
    value = machine.evaluate(node, frame)
    if isinstance(value, ClassValue):
        return Instance(value.class_)
    if not isinstance(value, External):
        return UNKNOWN
    return _of_library(value.dotted)


def _generic(machine: Machine, node: ast.Subscript, frame: Frame) -> Value:
    """`Optional[X]`, `Annotated[X, Depends(f)]` and the like are X; of containers only that they are some is known."""
    dotted = frame.module.dotted(node.value) or ""
    if dotted.rpartition(".")[2] in {"Type", "type"}:  # the class itself, not an object of it
        return machine.evaluate(node.slice, frame) if isinstance(node.slice, ast.Name | ast.Attribute) else UNKNOWN
    if dotted.rpartition(".")[2] not in {"Optional", "Annotated", "Union", "Final", "ClassVar"}:
        return UNKNOWN
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if dotted.endswith("Annotated"):
        depended = [machine.evaluate(each, frame) for each in inner[1:] if isinstance(each, ast.Call)]
        known = next((each for each in depended if each is not UNKNOWN and not isinstance(each, External)), None)
        return annotation(machine, inner[0], frame) if known is None else known
    found = UNKNOWN if not inner else annotation(machine, inner[0], frame)
    for each in inner[1:]:
        found = join(found, annotation(machine, each, frame))
    return found


def _of_library(dotted: str) -> Value:
    if dotted in {"torch.Tensor", "torch.FloatTensor", "torch.LongTensor", "torch.cuda.FloatTensor"}:
        return INPUT
    if dotted in {"torch.nn.Module", "torch.nn.modules.module.Module", "torch.jit.ScriptModule", "torch.nn.Sequential"}:
        return Network(f"{dotted}()")
    if dotted.startswith(("builtins.", "typing.")):
        return UNKNOWN
    return External(f"{dotted}()")


def definition(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Value:
    """Return what a function's decorators make of it."""
    function = function_for(machine, node, frame)
    value: Value = Bound(function, None, frame if frame.function is not None else None)
    for decorator in reversed(node.decorator_list):
        value = machine.decorate(value, function, decorator, frame)
    if frame.function is not None:
        machine.closures[function] = value
    return value


def function_for(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Function:
    """Return the function that a statement defines; of several of one name, each its own."""
    prefix = f"{frame.function.qualname}." if frame.function is not None else ""
    indexed = frame.module.functions.get(prefix + node.name)
    if indexed is not None and indexed.node is node:
        return indexed
    indexed = frame.module.functions.get(f"{prefix}{node.name}@{node.lineno}")
    if indexed is not None and indexed.node is node:
        return indexed
    return machine.shared(node, Function(frame.module, prefix + node.name, node, parent=frame.function))


def class_for(node: ast.ClassDef, frame: Frame) -> Class | None:
    """Return the class that a statement defines."""
    prefix = f"{frame.function.qualname}." if frame.function is not None else ""
    return frame.module.classes.get(prefix + node.name)
