"""Counts the numbers of a container's tensors, once it is known where they lie."""

from __future__ import annotations

from typing import BinaryIO

from gatekeeper.artifact.containers.inventory import Inventory
from gatekeeper.artifact.elements import SIZES, Element, element
from gatekeeper.artifact.tensors.sweep import Region, sweep

_BYTES = Element(name="bytes", size=1)
"""What stands for elements that are no numbers which are understood: they are not counted."""


def count_numbers(stream: BinaryIO, inventory: Inventory) -> None:
    """Give each tensor of the inventory its statistics, in one pass over the stream that their offsets count in.

    Raises:
        Unreadable: see `gatekeeper.artifact.tensors.sweep.sweep`.
    """
    regions = [
        Region(
            tensor=tensor,
            element=element(tensor.element) if tensor.element in SIZES else _BYTES,
            start=tensor.offset,
        )
        for tensor in inventory.tensors
    ]
    if regions:
        inventory.tensors = list(sweep(stream, regions))
