"""How the bits of a number say what it is: finite or not, and which value.

Layouts: IEEE 754-2019 for float16, float32 and float64; bfloat16 is the upper half of a float32; the 8-bit ones are
those of the OCP specifications (OFP8 1.0, MX 1.0) and, with `fnuz`, of Noune et al. (arXiv 2206.02915).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """A whole number of `width` bytes; a truth value is one of one byte."""

    width: int
    signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Float:
    """A floating-point number of `width` bytes.

    Its bits without the sign are its magnitude, an integer that grows with the number. A *rank* is the magnitude with
    the number's sign: ranks are ordered as the numbers are.

    Attributes:
        fraction: bits of the fraction.
        bias: what the exponent's bits are above the exponent.
        largest: magnitude of the largest finite number; what is above is infinite or no number.
        infinity: magnitude of infinity, where the format has one.
        signed: whether the highest bit is a sign.
        signed_zero: whether the sign alone is a zero; it is the only NaN of the formats that are called `fnuz`.
        normal: magnitude of the smallest normal number: below it, and above zero, lie the denormal ones.
    """

    width: int
    fraction: int
    bias: int
    largest: int
    infinity: int | None = None
    signed: bool = True
    signed_zero: bool = True
    normal: int

    @property
    def sign(self) -> int:
        """The bits of the sign alone; for a format without a sign, one more than it has."""
        return 1 << (8 * self.width - self.signed)

    def ranks(self, bits: Iterable[int]) -> list[int]:
        """Return the rank of each pattern of bits; the rank of what is not finite lies beyond that of the largest."""
        sign = self.sign
        no_number = -1 if self.signed_zero else sign
        return [each if each < sign or each == no_number else sign - each for each in bits]

    def value(self, rank: int) -> float:
        """Return the finite number of this rank, exactly. Zero has no sign here."""
        magnitude = abs(rank)
        exponent, fraction = magnitude >> self.fraction, magnitude & ((1 << self.fraction) - 1)
        if magnitude < self.normal:
            exponent = 1
        else:
            fraction += 1 << self.fraction
        value = math.ldexp(fraction, exponent - self.bias - self.fraction)
        return -value if rank < 0 else value


def _interchange(width: int, fraction: int) -> Float:
    """Return a format laid out as IEEE 754 has it: the highest exponent means infinite or no number."""
    exponent_bits = 8 * width - 1 - fraction
    infinity = ((1 << exponent_bits) - 1) << fraction
    return Float(
        width=width,
        fraction=fraction,
        bias=(1 << (exponent_bits - 1)) - 1,
        largest=infinity - 1,
        infinity=infinity,
        normal=1 << fraction,
    )


FLOATS = {
    "float16": _interchange(2, 10),
    "bfloat16": _interchange(2, 7),
    "float32": _interchange(4, 23),
    "float64": _interchange(8, 52),
    "float8_e5m2": _interchange(1, 2),
    "float8_e4m3fn": Float(width=1, fraction=3, bias=7, largest=0x7E, normal=8),
    "float8_e4m3fnuz": Float(width=1, fraction=3, bias=8, largest=0x7F, signed_zero=False, normal=8),
    "float8_e5m2fnuz": Float(width=1, fraction=2, bias=16, largest=0x7F, signed_zero=False, normal=4),
    # A scale: an exponent and nothing else. It has neither a zero nor denormal numbers.
    "float8_e8m0fnu": Float(width=1, fraction=0, bias=127, largest=0xFE, signed=False, normal=0),
}

INTEGERS = {
    "bool": Integer(width=1, signed=False),
    **{f"uint{8 * width}": Integer(width=width, signed=False) for width in (1, 2, 4, 8)},
    **{f"int{8 * width}": Integer(width=width, signed=True) for width in (1, 2, 4, 8)},
}

COMPLEX = {"complex64": FLOATS["float32"], "complex128": FLOATS["float64"]}
"""A real part and, behind it, an imaginary one."""
