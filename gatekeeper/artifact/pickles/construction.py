"""The opcodes that name globals, call them and set the state of what they made.

Only what a pickle can do by its opcodes alone is followed. A call of any other function, `getattr` say, gives a value
of which nothing is known; that function itself is among the globals.
"""

from __future__ import annotations

import _compat_pickle

from gatekeeper.artifact.errors import Unfollowable
from gatekeeper.artifact.pickles.dtypes import Dtype
from gatekeeper.artifact.pickles.machine import Machine
from gatekeeper.artifact.pickles.values import OPAQUE, ArrayWrapper, Dictionary, Global, Role, Value
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
    else:
        machine.ledger.note_state(target, state, offset)


def refuse_extension(machine: Machine) -> None:
    """EXT1, EXT2, EXT4: a global by its number in `copyreg`'s registry."""
    raise Unfollowable(
        f"before byte {machine.source.offset} a global is named by an extension code, whose meaning only the process "
        "that saved the file knows",
        fix="save the model again where copyreg.add_extension is not called",
    )


def refuse_persistent(machine: Machine) -> None:
    """PERSID, BINPERSID: an object that the loader has to bring along."""
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
    machine.ledger.objects += 1
    machine.stack.append(_made(callee, arguments) if type(callee) is Global else OPAQUE)


def _made(callee: Global, arguments: Value) -> Value:
    """Return what a global gives when it is called."""
    match callee.role:
        case Role.ORDINARY:
            return callee.instance
        case Role.DTYPE:
            return _made_dtype(arguments)
        case Role.ARRAY:
            return _made_wrapper(arguments)
        case Role.CONSTRUCTOR:
            return _made_by_constructor(arguments)


def _made_by_constructor(arguments: Value) -> Value:
    """Return the object that `copyreg._reconstructor(cls, object, None)` or `__newobj__(cls)` makes."""
    cls = arguments[0] if type(arguments) is tuple and arguments else None
    if type(cls) is not Global:
        return OPAQUE
    if cls.role is Role.ARRAY:
        return _made_wrapper(())
    return cls.instance if cls.role is Role.ORDINARY else OPAQUE


def _made_wrapper(arguments: Value) -> ArrayWrapper:
    if arguments != ():
        raise Unfollowable("an array is announced in a way that joblib does not write")
    return ArrayWrapper()


def _made_dtype(arguments: Value) -> Value:
    if type(arguments) is not tuple or not arguments:
        return OPAQUE
    code = arguments[0]
    if type(code) is str:
        return Dtype(code)
    return Dtype(None) if type(code) is Global else OPAQUE


def _build_wrapper(machine: Machine, wrapper: ArrayWrapper, state: Value) -> None:
    if type(state) is not Dictionary:
        raise Unfollowable("an array is announced without a dictionary of its attributes")
    wrapper.attributes.update(state.kept or {})
    if machine.cross_array is not None:
        machine.stack[-1] = machine.cross_array(wrapper)
