"""The opcodes that push a value read from the stream: numbers, text, bytes.

A value that can't matter is crossed without being kept, so that its length costs no memory.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable

from gatekeeper.artifact.limits import SHORT_TEXT
from gatekeeper.artifact.pickles.arrays import cross_bytes
from gatekeeper.artifact.pickles.encoded import cross_encoded, cross_encoded_line, expects_encoded
from gatekeeper.artifact.pickles.machine import Machine
from gatekeeper.artifact.pickles.values import Opaque, Value

Handler = Callable[[Machine], None]

_BOOLEANS: dict[bytes, Value] = {b"00": False, b"01": True}
"""How protocols 0 and 1 write them, as an INT."""

_FLOAT = struct.Struct(">d")

_KEPT_INTEGER = 8
"""Bytes of an integer that is kept: no dimension, protocol or flag needs more."""


def constant(value: Value) -> Handler:
    """Return the handler that pushes this value."""

    def push(machine: Machine) -> None:
        machine.stack.append(value)

    return push


def unsigned(width: int) -> Handler:
    """Return the handler of an unsigned integer of `width` bytes."""

    def push(machine: Machine) -> None:
        machine.stack.append(int.from_bytes(machine.source.take(width), "little"))

    return push


def text(width: int) -> Handler:
    """Return the handler of UTF-8 text whose length is a number of `width` bytes."""

    def push(machine: Machine) -> None:
        source = machine.source
        length = int.from_bytes(source.take(width), "little")
        encoded = expects_encoded(machine)
        if encoded is not None:
            machine.stack.append(cross_encoded(machine, length, encoded))
            return
        if length > SHORT_TEXT and not machine.may_keep(length):
            source.skip(length)
            machine.stack.append(Opaque.TEXT)
            return
        try:
            machine.stack.append(source.take(length).decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            machine.fail("a string is not valid UTF-8")

    return push


def raw(width: int) -> Handler:
    """Return the handler of bytes whose length is a number of `width` bytes."""

    def push(machine: Machine) -> None:
        machine.stack.append(cross_bytes(machine, machine.source.number(width)))

    return push


def push_byte(machine: Machine) -> None:
    """BININT1, the most frequent of the integers."""
    machine.stack.append(machine.source.byte())


def push_signed(machine: Machine) -> None:
    """BININT: four bytes with a sign."""
    machine.stack.append(int.from_bytes(machine.source.take(4), "little", signed=True))


def push_float(machine: Machine) -> None:
    """BINFLOAT: eight bytes, the highest first."""
    machine.stack.append(_FLOAT.unpack(machine.source.take(8))[0])


def long_integer(width: int) -> Handler:
    """Return the handler of an integer whose length is a number of `width` bytes (LONG1, LONG4)."""

    def push(machine: Machine) -> None:
        length = int.from_bytes(machine.source.take(width), "little", signed=width > 1)
        if length < 0:
            machine.fail(f"an integer is {length} bytes long")
        if length > _KEPT_INTEGER:
            machine.source.skip(length)
            machine.stack.append(Opaque.INTEGER)
        else:
            machine.stack.append(int.from_bytes(machine.source.take(length), "little", signed=True))

    return push


def old_string(width: int) -> Handler:
    """Return the handler of a Python 2 string (BINSTRING, SHORT_BINSTRING).

    What is not ASCII depends on the encoding that the loader is given, and is not known here.
    """

    def push(machine: Machine) -> None:
        length = int.from_bytes(machine.source.take(width), "little", signed=width > 1)
        if length < 0:
            machine.fail(f"a string is {length} bytes long")
        if length > SHORT_TEXT:
            # The bytes of an array that Python 2 saved, or text that is too long to be a name.
            machine.stack.append(cross_bytes(machine, length))
        else:
            machine.stack.append(_ascii(machine.source.take(length)))

    return push


def push_quoted_string(machine: Machine) -> None:
    """STRING: a line in quotes, with the escapes of a Python 2 literal."""
    line = _text_line(machine)
    if line is None:
        machine.stack.append(Opaque.TEXT)
        return
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        machine.fail("a STRING is not in quotes")
    try:
        content, _ = codecs.escape_decode(line[1:-1])
    except ValueError:
        machine.fail("a STRING has an invalid escape")
    machine.stack.append(_ascii(content))


def push_unicode_line(machine: Machine) -> None:
    """UNICODE: a line with the escapes of raw-unicode-escape."""
    encoded = expects_encoded(machine)
    if encoded is not None:
        machine.stack.append(cross_encoded_line(machine, encoded))
        return
    line = _text_line(machine)
    try:
        machine.stack.append(Opaque.TEXT if line is None else line.decode("raw-unicode-escape"))
    except UnicodeDecodeError:
        machine.fail("a UNICODE line has an invalid escape")


def push_integer_line(machine: Machine) -> None:
    """INT and LONG: a line of digits; LONG ends it with an L."""
    line = machine.source.line()
    if line is None:
        machine.stack.append(Opaque.INTEGER)
    elif line in _BOOLEANS:
        machine.stack.append(_BOOLEANS[line])
    else:
        try:
            machine.stack.append(int(line.removesuffix(b"L"), 0))
        except ValueError:
            machine.fail(f"{line[:40]!r} is no integer")


def push_float_line(machine: Machine) -> None:
    """FLOAT: a line that `float` understands."""
    line = machine.source.line()
    try:
        machine.stack.append(float(line or b""))
    except ValueError:
        machine.fail(f"{line and line[:40]!r} is no number")


def _text_line(machine: Machine) -> bytes | None:
    line = machine.source.line()
    if line is not None and len(line) > SHORT_TEXT and not machine.may_keep(len(line)):
        return None
    return line


def _ascii(data: bytes) -> Value:
    return data.decode("ascii") if data.isascii() else Opaque.TEXT
