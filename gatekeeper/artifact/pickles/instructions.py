"""What each of the 68 opcodes of protocols 0 to 5 does to the symbolic machine, in one table.

The meaning of the opcodes is that of CPython's own unpickler (`pickle._Unpickler`, `pickletools.opcodes`).
"""

from __future__ import annotations

from gatekeeper.artifact.limits import MAX_TUPLE
from gatekeeper.artifact.pickles import construction, literals
from gatekeeper.artifact.pickles.literals import Handler
from gatekeeper.artifact.pickles.machine import Machine
from gatekeeper.artifact.pickles.values import Bag, Dictionary, Object, Opaque, Value, attach, short_tuple

STOP = 0x2E
"""Ends the pickle; the interpreter sees to it."""


def _unknown(machine: Machine) -> None:
    machine.fail("there is no such opcode")


def _empty_dictionary(machine: Machine) -> None:
    machine.stack.append(Dictionary(machine.ledger.allowance))


def _empty_list(machine: Machine) -> None:
    machine.stack.append(Bag(machine.ledger.allowance, ordered=True))


def _empty_set(machine: Machine) -> None:
    machine.stack.append(Bag(machine.ledger.allowance, ordered=False))


def _list(machine: Machine) -> None:
    values = machine.pop_mark()
    _empty_list(machine)
    _extend(machine.stack[-1], values)


def _frozen_set(machine: Machine) -> None:
    values = machine.pop_mark()
    _empty_set(machine)
    _extend(machine.stack[-1], values)


def _dictionary(machine: Machine) -> None:
    items = _pairs(machine)
    dictionary = Dictionary(machine.ledger.allowance)
    dictionary.update(items)
    machine.stack.append(dictionary)


def _set_item(machine: Machine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    _update(machine.target(), [key, value])


def _set_items(machine: Machine) -> None:
    items = _pairs(machine)
    _update(machine.target(), items)


def _pairs(machine: Machine) -> list[Value]:
    items = machine.pop_mark()
    if len(items) % 2:
        machine.fail("a dictionary gets a key without a value")
    return items


def _append(machine: Machine) -> None:
    value = machine.stack.pop()
    _extend(machine.target(), [value])


def _append_all(machine: Machine) -> None:
    values = machine.pop_mark()
    _extend(machine.target(), values)


def _update(target: Value, items: list[Value]) -> None:
    if type(target) is Dictionary:
        target.update(items)
    elif type(target) is Object:
        # A dictionary of a class of its own, such as OrderedDict.
        target.items(items)


def _extend(target: Value, values: list[Value]) -> None:
    if type(target) is Bag:
        target.extend(values)
    elif type(target) is Object:
        for index, value in enumerate(values):
            attach(value, target, f"[{index}]")


def _tuple(machine: Machine) -> None:
    values = machine.pop_mark()
    machine.stack.append(short_tuple(*values) if len(values) <= MAX_TUPLE else Opaque.TUPLE)


def _tuple_of_1(machine: Machine) -> None:
    machine.stack[-1] = short_tuple(machine.stack[-1])


def _tuple_of_2(machine: Machine) -> None:
    second = machine.stack.pop()
    machine.stack[-1] = short_tuple(machine.stack[-1], second)


def _tuple_of_3(machine: Machine) -> None:
    third, second = machine.stack.pop(), machine.stack.pop()
    machine.stack[-1] = short_tuple(machine.stack[-1], second, third)


def _drop_marked(machine: Machine) -> None:
    machine.pop_mark()


def _duplicate(machine: Machine) -> None:
    machine.stack.append(machine.stack[-1])


def _get_line(machine: Machine) -> None:
    machine.get(_index_line(machine))


def _put_line(machine: Machine) -> None:
    machine.put(_index_line(machine))


def _index_line(machine: Machine) -> int:
    line = machine.source.line()
    try:
        return int(line or b"")
    except ValueError:
        machine.fail("a memo index is no integer")


def _get_byte(machine: Machine) -> None:
    machine.get(machine.source.byte())


def _put_byte(machine: Machine) -> None:
    machine.put(machine.source.byte())


def _get_long(machine: Machine) -> None:
    machine.get(machine.source.number(4))


def _put_long(machine: Machine) -> None:
    machine.put(machine.source.number(4))


def _frame(machine: Machine) -> None:
    machine.source.enter_frame(machine.source.number(8))


_BY_OPCODE: dict[bytes, Handler] = {
    # Constants and numbers.
    b"N": literals.constant(None),
    b"\x88": literals.constant(True),  # noqa: FBT003 - the value that the opcode pushes
    b"\x89": literals.constant(False),  # noqa: FBT003 - as above
    b"I": literals.push_integer_line,
    b"L": literals.push_integer_line,
    b"J": literals.push_signed,
    b"K": literals.push_byte,
    b"M": literals.unsigned(2),
    b"\x8a": literals.long_integer(1),
    b"\x8b": literals.long_integer(4),
    b"F": literals.push_float_line,
    b"G": literals.push_float,
    # Text and bytes.
    b"S": literals.push_quoted_string,
    b"T": literals.old_string(4),
    b"U": literals.old_string(1),
    b"V": literals.push_unicode_line,
    b"\x8c": literals.text(1),
    b"X": literals.text(4),
    b"\x8d": literals.text(8),
    b"C": literals.raw(1),
    b"B": literals.raw(4),
    b"\x8e": literals.raw(8),
    b"\x96": literals.raw(8),
    # Containers.
    b"]": _empty_list,
    b"\x8f": _empty_set,
    b")": literals.constant(()),
    b"}": _empty_dictionary,
    b"l": _list,
    b"\x91": _frozen_set,
    b"d": _dictionary,
    b"t": _tuple,
    b"\x85": _tuple_of_1,
    b"\x86": _tuple_of_2,
    b"\x87": _tuple_of_3,
    b"a": _append,
    b"e": _append_all,
    b"\x90": _append_all,
    b"s": _set_item,
    b"u": _set_items,
    # The stack and the memo.
    b"(": Machine.mark,
    b"0": Machine.pop,
    b"1": _drop_marked,
    b"2": _duplicate,
    b"g": _get_line,
    b"h": _get_byte,
    b"j": _get_long,
    b"p": _put_line,
    b"q": _put_byte,
    b"r": _put_long,
    b"\x94": Machine.memoize,
    # Globals and objects.
    b"c": construction.push_global,
    b"\x93": construction.push_stack_global,
    b"i": construction.make_in_lines,
    b"o": construction.make_marked,
    b"R": construction.make,
    b"\x81": construction.make,
    b"\x92": construction.make_with_keywords,
    b"b": construction.build,
    # What lies outside the file.
    b"\x82": construction.refuse_extension,
    b"\x83": construction.refuse_extension,
    b"\x84": construction.refuse_extension,
    b"P": construction.push_persistent_line,
    b"Q": construction.push_persistent,
    b"\x97": construction.refuse_buffer,
    b"\x98": construction.refuse_buffer,
    # The stream itself.
    b"\x80": construction.declare_protocol,
    b"\x95": _frame,
}

HANDLERS: tuple[Handler, ...] = tuple(_BY_OPCODE.get(bytes((code,)), _unknown) for code in range(256))
