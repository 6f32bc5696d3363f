"""The opcodes that name globals, call them and set the state of what they made.

Only what a pickle can do by its opcodes alone is followed. A call of any other function, `getattr` say, gives a value
of which nothing is known; that function itself is among the globals.
"""

from __future__ import annotations

import _compat_pickle
from collections.abc import Callable
from typing import NoReturn

from gatekeeper.artifact.errors import Unfollowable
from gatekeeper.artifact.pickles.arrays import over_buffer, scalar, set_state
from gatekeeper.artifact.pickles.dtypes import Dtype
from gatekeeper.artifact.pickles.machine import Machine
from gatekeeper.artifact.pickles.torch_tensors import tensor
from gatekeeper.artifact.pickles.values import (
    Array,
    ArrayWrapper,
    Dictionary,
    Global,
    Object,
    Opaque,
    Raw,
    Role,
    Value,
    attach,
)
from gatekeeper.errors import Unreadable

_HIGHEST_PROTOCOL = 5
_FIRST_WITHOUT_RENAMING = 3
"""Up to protocol 2 the unpickler takes names for those of Python 2 and renames what has moved since."""


def push_global(machine: Machine) -> None:
    """GLOBAL: a line with the module, a line with the name."""
    machine.stack.append(_named_in_lines(machine))


def push_stack_global(machine: Machine) -> None:
    """STACK_GLOBAL: module and name from the stack."""
    offset = machine.source.offset - 1
    name, module = machine.stack.pop(), machine.stack.pop()
    if type(name) is not str or type(module) is not str:
        raise Unfollowable(f"at byte {offset} a global is named by values that are computed, expected two strings")
    machine.stack.append(_resolve(machine, module, name, offset))


def make_in_lines(machine: Machine) -> None:
    """INST: a class named as in GLOBAL, its arguments since the mark."""
    callee = _named_in_lines(machine)
    _make(machine, callee, tuple(machine.pop_mark()))


def make_marked(machine: Machine) -> None:
    """OBJ: the class and its arguments since the mark."""
    arguments = machine.pop_mark()
    callee = arguments.pop(0)
    _make(machine, callee, tuple(arguments))


def make(machine: Machine) -> None:
    """REDUCE and NEWOBJ: what is called, a tuple of arguments."""
    arguments, callee = machine.stack.pop(), machine.stack.pop()
    _make(machine, callee, arguments)


def make_with_keywords(machine: Machine) -> None:
    """NEWOBJ_EX: a class, a tuple and a dictionary of arguments."""
    _, arguments, callee = machine.stack.pop(), machine.stack.pop(), machine.stack.pop()
    _make(machine, callee, arguments)


def build(machine: Machine) -> None:
    """BUILD: an object gets its state; joblib puts the array in the place of a wrapper that has got its."""
    offset = machine.source.offset - 1
    state, target = machine.stack.pop(), machine.target()
    if type(target) is ArrayWrapper:
        _build_wrapper(machine, target, state)
    elif type(target) is Dtype:
        target.set_state(state)
    elif type(target) is Array and target.element is None and isinstance(state, tuple):
        set_state(machine, target, state)
    else:
        machine.ledger.note_state(target, state, offset)


def refuse_extension(machine: Machine) -> None:
    """EXT1, EXT2, EXT4: a global by its number in `copyreg`'s registry."""
    raise Unfollowable(
        f"before byte {machine.source.offset} a global is named by an extension code, whose meaning only the process "
        "that saved the file knows",
        fix="save the model again where copyreg.add_extension is not called",
    )


def push_persistent(machine: Machine) -> None:
    """BINPERSID: an object that the loader has to bring along, by the id on the stack."""
    identifier = machine.stack.pop()
    if machine.resolve is None:
        _refuse_persistent(machine)
    machine.stack.append(machine.resolve(identifier))


def push_persistent_line(machine: Machine) -> None:
    """PERSID: the same, by a line of text, which no loader of models knows."""
    _refuse_persistent(machine)


def _refuse_persistent(machine: Machine) -> NoReturn:
    raise Unreadable(
        f"incomplete: before byte {machine.source.offset} a persistent id refers to an object outside the file",
        fix="save the model with plain pickle.dump or joblib.dump, without persistent_id",
    )


def refuse_buffer(machine: Machine) -> None:
    """NEXT_BUFFER, READONLY_BUFFER: bytes that lie elsewhere."""
    raise Unreadable(
        f"incomplete: before byte {machine.source.offset} the pickle refers to a buffer outside the file",
        fix="save the model again without a buffer_callback",
    )


def declare_protocol(machine: Machine) -> None:
    """PROTO: the protocol's number."""
    protocol = machine.source.byte()
    if protocol > _HIGHEST_PROTOCOL:
        machine.fail(f"the pickle says it is of protocol {protocol}, expected at most {_HIGHEST_PROTOCOL}")
    machine.declare(protocol)


def _named_in_lines(machine: Machine) -> Global:
    offset = machine.source.offset - 1
    module, name = machine.source.line(), machine.source.line()
    if module is None or name is None:
        raise Unfollowable(f"at byte {offset} the name of a global is too long")
    try:
        return _resolve(machine, module.decode(), name.decode(), offset)
    except UnicodeDecodeError:
        machine.fail("the name of a global is not valid UTF-8")


def _resolve(machine: Machine, module: str, name: str, offset: int) -> Global:
    if machine.protocol < _FIRST_WITHOUT_RENAMING:
        moved = _compat_pickle.NAME_MAPPING.get((module, name))
        module, name = moved or (_compat_pickle.IMPORT_MAPPING.get(module, module), name)
    return machine.ledger.resolve(module, name, offset)


def _make(machine: Machine, callee: Value, arguments: Value) -> None:
    offset = machine.source.offset - 1
    if type(callee) is not Global:
        # What was made while loading is called: no pickler writes that, and what it does can't be known.
        machine.ledger.note_unknown_call(offset, arguments)
        raise Unfollowable(f"at byte {offset} something is called that was made while loading, expected a global")
    machine.ledger.note_call(callee, arguments, offset)
    machine.stack.append(_made(machine, callee, arguments))


def _made(machine: Machine, callee: Global, arguments: Value) -> Value:
    """Return what a global gives when it is called."""
    maker = _MAKERS.get(callee.role)
    return _object(callee, arguments) if maker is None else maker(machine, callee, arguments)


def _object(callee: Global, arguments: Value) -> Object:
    made = Object(callee)
    if isinstance(arguments, tuple):
        attach(arguments, made, "")
    return made


def _first(arguments: Value) -> Value:
    return arguments[0] if isinstance(arguments, tuple) and arguments else None


def _made_by_constructor(machine: Machine, callee: Global, arguments: Value) -> Value:
    """Return the object that `copyreg._reconstructor(cls, object, None)` or `__newobj__(cls)` makes."""
    cls = _first(arguments)
    if not isinstance(cls, Global):
        return Object(callee)
    return _made_wrapper(machine, cls, ()) if cls.role is Role.JOBLIB_ARRAY else Object(cls)


def _made_wrapper(machine: Machine, callee: Global, arguments: Value) -> Value:
    if arguments != ():
        at = machine.source.offset
        raise Unfollowable(f"before byte {at} an array is announced by {callee} in a way that joblib does not write")
    return ArrayWrapper()


def _made_dtype(machine: Machine, callee: Global, arguments: Value) -> Value:
    del machine, callee
    code = _first(arguments)
    if isinstance(code, str):
        return Dtype(code)
    return Dtype(None) if isinstance(code, Global) else Opaque.UNKNOWN


def _encoded(machine: Machine, callee: Global, arguments: Value) -> Value:
    del machine, callee
    first = _first(arguments)
    return first if isinstance(first, Raw) else Opaque.BYTES


def _no_bytes(machine: Machine, callee: Global, arguments: Value) -> Value:
    del callee
    return Raw(machine.source.offset, 0) if arguments == () else Opaque.BYTES


def _wrapped(machine: Machine, callee: Global, arguments: Value) -> Value:
    del machine
    first = _first(arguments)
    return first if isinstance(first, Array) else Object(callee)


_MAKERS: dict[Role, Callable[[Machine, Global, Value], Value]] = {
    Role.CONSTRUCTOR: _made_by_constructor,
    Role.CYTHON: _made_by_constructor,
    Role.DTYPE: _made_dtype,
    Role.JOBLIB_ARRAY: _made_wrapper,
    Role.ENCODE: _encoded,
    Role.BYTES: _no_bytes,
    Role.ARRAY: lambda _machine, _callee, _arguments: Array(),
    Role.SCALAR: lambda machine, callee, arguments: scalar(machine, arguments) or Object(callee),
    Role.BUFFER_ARRAY: lambda machine, _, arguments: over_buffer(machine, arguments),
    Role.TENSOR: lambda machine, _, arguments: tensor(machine, arguments, typed=False),
    Role.TYPED_TENSOR: lambda machine, _, arguments: tensor(machine, arguments, typed=True),
    Role.WRAPPED_TENSOR: _wrapped,
}


def _build_wrapper(machine: Machine, wrapper: ArrayWrapper, state: Value) -> None:
    if type(state) is not Dictionary:
        raise Unfollowable("an array is announced without a dictionary of its attributes")
    wrapper.attributes.update(state.kept or {})
    if machine.cross_array is not None:
        machine.stack[-1] = machine.cross_array(wrapper)
