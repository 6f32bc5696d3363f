"""The header of a npy file: a Python literal, of which just as much is understood as numpy writes.

Source: NEP 1, and `numpy.lib.format`. A parser of its own, since Python's takes expressions that exhaust its stack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gatekeeper.artifact.containers.limits import MAX_FIELDS
from gatekeeper.artifact.containers.shapes import element_count
from gatekeeper.artifact.elements import SIZES, Element, Field
from gatekeeper.artifact.errors import Damaged, TooLarge

_Literal: TypeAlias = "str | int | bool | list[_Literal] | tuple[_Literal, ...] | dict[str, _Literal] | None"

_TOKEN = re.compile(
    r"""[ \n]*(?:(?P<text>'[^'\\]*'|"[^"\\]*")|(?P<number>\d{1,20})L?|(?P<word>\w+)|(?P<mark>[][(){},:]))"""
)
"""L ends a number that Python 2 wrote. A string with a backslash is in no header of a model."""

_WORDS: dict[str, _Literal] = {"True": True, "False": False, "None": None}
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_KEYS = {"descr", "fortran_order", "shape"}
_MAX_DEPTH = 20

_CODE = re.compile(r"([<>|=])([biufcmMOSUV])((?<=O)|\d{1,9})(?:(?<=[mM]8)\[[^]]*\])?")
_NUMBERS = {"b": "bool", "i": "int", "u": "uint", "f": "float", "c": "complex"}
_OTHERS = {"S": "bytes", "U": "str", "V": "void", "M": "datetime64", "m": "timedelta64", "O": "object"}
_LONG_DOUBLES = ("f12", "f16", "c24", "c32")
"""80 bits on x86, padded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the header of a npy file says. Where `has_object` is set, a pickle follows and no bytes of numbers."""

    element: Element
    shape: tuple[int, ...]
    has_object: bool


def parse_header(text: str) -> Header:
    """Return what a header says.

    Raises:
        Unreadable: it is none that numpy writes, or beyond a limit.
    """
    found = _Parser(text).whole()
    if not isinstance(found, dict) or found.keys() != _KEYS or not isinstance(found["fortran_order"], bool):
        raise Damaged("the header of the array has other keys than descr, fortran_order and shape")
    shape = found["shape"]
    if not isinstance(shape, tuple) or not all(type(size) is int for size in shape):
        raise Damaged(f"the array has the shape {shape!r}, expected a tuple of whole numbers")
    dimensions = tuple(size for size in shape if isinstance(size, int))
    element_count(dimensions, "array")
    element, count = _element(found["descr"])
    if count != 1:
        raise Damaged("the array has a subarray as its dtype, which numpy writes as dimensions")
    return Header(element=element, shape=dimensions, has_object=_has_object(element))


class _Parser:
    """Reads one literal: strings, whole numbers, True, False, None; lists, tuples and dictionaries of these."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> _Literal:
        """Return the value of the text, which may only be followed by blanks."""
        value = self._value(0)
        if self._text[self._at :].strip(" \n\0"):
            raise self._wrong()
        return value

    def _value(self, depth: int) -> _Literal:
        kind, part = self._next()
        if kind == "text":
            return part[1:-1]
        if kind == "number":
            return int(part)
        if kind == "word" and part in _WORDS:
            return _WORDS[part]
        if part not in _CLOSING or depth >= _MAX_DEPTH:
            raise self._wrong()
        return self._pairs(depth) if part == "{" else self._items(part, depth)

    def _items(self, opening: str, depth: int) -> _Literal:
        items: list[_Literal] = []
        comma = False
        while not self._takes(_CLOSING[opening]):
            if items and not comma:
                raise self._wrong()
            items.append(self._value(depth + 1))
            comma = self._takes(",")
        if opening == "[":
            return items
        # In Python it is the comma that makes a tuple of one.
        return tuple(items) if len(items) != 1 or comma else items[0]

    def _pairs(self, depth: int) -> dict[str, _Literal]:
        pairs: dict[str, _Literal] = {}
        comma = True
        while not self._takes("}"):
            kind, part = self._next()
            key = part[1:-1]
            if not comma or kind != "text" or key in pairs or not self._takes(":"):
                raise self._wrong()
            pairs[key] = self._value(depth + 1)
            comma = self._takes(",")
        return pairs

    def _takes(self, mark: str) -> bool:
        match = _TOKEN.match(self._text, self._at)
        if match is None or match["mark"] != mark:
            return False
        self._at = match.end()
        return True

    def _next(self) -> tuple[str, str]:
        match = _TOKEN.match(self._text, self._at)
        if match is None or match.lastgroup is None:
            raise self._wrong()
        self._at = match.end()
        return match.lastgroup, match[match.lastgroup]

    def _wrong(self) -> Damaged:
        return Damaged(f"the header of the array is not as numpy writes it, at its character {self._at}")


def _element(description: _Literal) -> tuple[Element, int]:
    """Return the type of a description and how many of it there are: a field may be an array."""
    if isinstance(description, str):
        return _plain(description), 1
    if isinstance(description, tuple) and len(description) == 2:
        base, count = _element(description[0])
        return base, count * _count(description[1])
    if not isinstance(description, list):
        raise Damaged(f"the array has the dtype {description!r}, expected a code such as '<f8', or fields")
    return _structured(description), 1


def _plain(code: str) -> Element:
    match = _CODE.fullmatch(code)
    if match is None:
        raise Damaged(f"the array has the dtype {code!r}, expected a code such as '<f8' or '<U12'")
    order, kind, digits = match[1], match[2], match[3]
    size = int(digits or "8")
    if kind in _OTHERS:
        return Element(name=_OTHERS[kind], size=size * (4 if kind == "U" else 1), order=_order(order))
    name = "bool" if code[-2:] == "b1" else f"{_NUMBERS[kind]}{size * 8}"
    if code[-3:] in _LONG_DOUBLES:
        name = "longdouble"
    elif name not in SIZES:
        raise Damaged(f"the array has the dtype {code!r}, which numpy does not have")
    return Element(name=name, size=size, order=_order(order))


def _order(mark: str) -> Literal["<", ">"]:
    return ">" if mark == ">" else "<"


def _structured(fields: list[_Literal]) -> Element:
    if len(fields) > MAX_FIELDS:
        raise TooLarge(f"an array has {len(fields)} fields, expected at most {MAX_FIELDS}", fix="save plain arrays")
    found: list[Field] = []
    at = 0
    for each in fields:
        if not isinstance(each, tuple) or len(each) not in (2, 3):
            raise Damaged(f"a field of the array is described by {each!r}, expected its name and type")
        element, count = _element(each[1] if len(each) == 2 else (each[1], each[2]))
        name = each[0][-1] if isinstance(each[0], tuple) and each[0] else each[0]
        if not isinstance(name, str):
            raise Damaged(f"a field of the array has the name {name!r}, expected text")
        # numpy describes padding as a field without a name.
        if name:
            found.append(Field(name=name, element=element, offset=at, count=count))
        at += element.size * count
    return Element(name="struct", size=at, fields=tuple(found))


def _count(shape: _Literal) -> int:
    sizes = shape if isinstance(shape, tuple) else (shape,)
    whole = tuple(size for size in sizes if isinstance(size, int))
    if len(whole) != len(sizes):
        raise Damaged(f"a field of the array has the shape {shape!r}")
    return element_count(whole, "field")


def _has_object(element: Element) -> bool:
    return element.name == "object" or any(_has_object(field.element) for field in element.fields)
