"""The bytes of arrays in pickles of protocols 0 to 2, which have no bytes: text that `_codecs.encode` turns back.

`pickle.Pickler.save_bytes` writes `_codecs.encode(text, "latin1")`, each character standing for a byte. Such text may
be as long as the array, and is scanned as it goes by.
"""

from __future__ import annotations

import codecs
import re
from typing import Protocol

from gatekeeper.artifact.elements import Element
from gatekeeper.artifact.limits import SMALL_ARRAY
from gatekeeper.artifact.pickles.arrays import announced
from gatekeeper.artifact.pickles.machine import Machine
from gatekeeper.artifact.pickles.values import Global, Raw, Role, Value
from gatekeeper.artifact.tensors.scan import Scan

_UNFINISHED_ESCAPE = re.compile(rb"\\(u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7})?\Z")


class Decoder(Protocol):
    """Turns pieces of encoded text into text."""

    def decode(self, data: bytes, final: bool = False) -> str:  # noqa: FBT001, FBT002 - the signature of codecs
        """Return the text of the next piece."""
        ...


def expects_encoded(machine: Machine) -> list[Value] | None:
    """Return the stack below the call, if the text that comes next is the first argument of `_codecs.encode`."""
    stack = machine.stack or machine.enclosing_stack()
    callee = stack[-1] if stack else None
    return stack[:-1] if isinstance(callee, Global) and callee.role is Role.ENCODE else None


def cross_encoded(machine: Machine, size: int, stack: list[Value]) -> Raw:
    """Cross `size` bytes of UTF-8."""
    crossing = _Crossing(machine, codecs.getincrementaldecoder("utf-8")("surrogatepass"), announced(stack))
    machine.source.feed(size, crossing.take)
    return crossing.raw()


def cross_encoded_line(machine: Machine, stack: list[Value]) -> Raw:
    """Cross a line of raw-unicode-escape."""
    crossing = _Crossing(machine, _Escapes(), announced(stack))
    machine.source.line(crossing.take)
    return crossing.raw()


class _Escapes:
    """An incremental decoder of raw-unicode-escape, which the standard library does not have for pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def decode(self, data: bytes, final: bool = False) -> str:  # noqa: FBT001, FBT002 - the signature of codecs
        data = self._rest + data
        cut = None if final else _UNFINISHED_ESCAPE.search(data)
        end = len(data) if cut is None else cut.start()
        self._rest = data[end:]
        return data[:end].decode("raw-unicode-escape")


class _Crossing:
    """Text on its way past: decoded, turned back into bytes, and counted as numbers."""

    def __init__(self, machine: Machine, decoder: Decoder, element: Element | None) -> None:
        self._machine = machine
        self._decoder = decoder
        self._raw = Raw(machine.source.offset, 0)
        self._raw.element = element
        self._scan = Scan(element) if element is not None else None

    def take(self, piece: bytes | memoryview, *, final: bool = False) -> None:
        """Take the next piece of the text."""
        try:
            data = self._decoder.decode(bytes(piece), final).encode("latin-1")
        except UnicodeError:
            self._machine.fail("bytes that are written as text have a character that is no byte")
        if self._scan is not None:
            self._scan.feed(data)
        if self._raw.size + len(data) <= SMALL_ARRAY:
            self._raw.data += data
        else:
            self._raw.data = b""
        self._raw.size += len(data)

    def raw(self) -> Raw:
        """Return the bytes, once all pieces were taken."""
        self.take(b"", final=True)
        if self._scan is not None:
            self._raw.statistics = self._scan.statistics()
        return self._raw
