"""The extra fields of zip headers: numbers that need 64 bits, padding, times; and what has no business there.

Source: PKWARE's APPNOTE.TXT 6.3.10, section 4.5; the padding is PyTorch's (`caffe2/serialize/inline_container.cc`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from gatekeeper.artifact.errors import Damaged

UNSAID_32 = 0xFFFFFFFF
"""This number in a header stands for one of 64 bits in the extra field."""

_HEADER = struct.Struct("<HH")
_ZIP_64 = 0x0001
_TORCH_PADDING = 0x4246
_HARMLESS = frozenset(
    {
        _ZIP_64,
        _TORCH_PADDING,
        0x000A,  # NTFS times
        0x5455,  # Unix times
        0x5855,  # Info-ZIP's older Unix times and owner
        0x7855,  # Info-ZIP's owner
        0x7875,  # Info-ZIP's owner, of any width
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """The extra field of one header.

    Attributes:
        wide: what its zip64 field holds, if it has one.
        oddities: what no writer of models puts there, in words.
    """

    wide: bytes | None
    oddities: tuple[str, ...]


def parse_extra(raw: bytes) -> Extra:
    """Read an extra field."""
    wide: bytes | None = None
    oddities: list[str] = []
    at = 0
    while at < len(raw):
        if at + _HEADER.size > len(raw):
            oddities.append(f"the extra field ends with {len(raw) - at} loose bytes")
            break
        kind, length = _HEADER.unpack_from(raw, at)
        content = raw[at + _HEADER.size : at + _HEADER.size + length]
        at += _HEADER.size + length
        if at > len(raw):
            oddities.append(f"the extra field 0x{kind:04x} reaches {at - len(raw)} bytes beyond its header")
        if kind not in _HARMLESS:
            oddities.append(f"an extra field 0x{kind:04x} of {length} bytes")
        if kind == _ZIP_64:
            if wide is not None:
                oddities.append("more than one zip64 field")
            wide = content
    return Extra(wide=wide, oddities=tuple(oddities))


def widen(numbers: tuple[int, ...], extra: Extra, where: str) -> tuple[int, ...]:
    """Return the numbers of a header, those that it leaves to the zip64 field taken from there, in its order.

    Raises:
        Damaged: the field lacks one.
    """
    missing = sum(number == UNSAID_32 for number in numbers)
    if not missing or extra.wide is None:
        # Without the field the number is meant as it stands: a member of 4 GiB less one byte.
        return numbers
    if len(extra.wide) < 8 * missing:
        raise Damaged(f"the zip64 field of {where} has {len(extra.wide)} bytes, expected {8 * missing}")
    wide = iter(struct.unpack_from(f"<{missing}Q", extra.wide))
    return tuple(next(wide) if number == UNSAID_32 else number for number in numbers)
