"""The types of a tensor's elements, in the words that numpy, torch and safetensors share.

A name says kind and width ("float32", "bfloat16", "uint8"); the sizes are those of the formats' specifications:
IEEE 754 for floats, the OCP 8-bit formats for `float8_*`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SIZES = {
    "bool": 1,
    "uint8": 1,
    "uint16": 2,
    "uint32": 4,
    "uint64": 8,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "float8_e4m3fn": 1,
    "float8_e4m3fnuz": 1,
    "float8_e5m2": 1,
    "float8_e5m2fnuz": 1,
    "float8_e8m0fnu": 1,
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
    "complex64": 8,
    "complex128": 16,
}
"""Bytes of one element of each type whose numbers are understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A named part of a structured element: `count` elements of one type, `offset` bytes from the element's start."""

    name: str
    element: Element
    offset: int
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """The type of a tensor's elements.

    Attributes:
        name: one of `SIZES`; another name (`str`, `bytes`, `datetime64`, `longdouble`, a quantised block) stands for
            elements whose bytes are crossed and not understood as numbers.
        size: bytes of one element.
        order: `>` where the bytes of a number go from the highest to the lowest.
        fields: the parts of a structured element, whose name is "struct".
    """

    name: str
    size: int
    order: Literal["<", ">"] = "<"
    fields: tuple[Field, ...] = ()

    def __str__(self) -> str:
        inner = ", ".join(f"{field.name}: {field.element}" for field in self.fields)
        return f"{self.name}{{{inner}}}" if self.fields else self.name


def element(name: str, order: Literal["<", ">"] = "<") -> Element:
    """Return the element type of a name in `SIZES`.

    Raises:
        KeyError: the name is none of them.
    """
    return Element(name=name, size=SIZES[name], order=order)
