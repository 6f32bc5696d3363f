"""What memory the process holds, counted exactly where that is possible: live tensors, Python's blocks, CUDA's bytes.

`gc.freeze` puts everything that is there after the warm-up aside: what the collector lists from then on was made since,
so that a sample costs a millisecond and not a third of a second. Numbers of samples are kept in arrays that are there
from the start: a sample must not be what grows.
"""

from __future__ import annotations

import gc
import os
import sys
from array import array
from typing import Any, NamedTuple

from gatekeeper.replay.inside.calls import Fault, Unfit, attempt

MAX_SAMPLES = 256
NUMBERS = ("requests", "tensors", "graphs", "tensor_bytes", "blocks", "resident", "uncollected")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Tensors(NamedTuple):
    """Tensors that are alive: how many, with a `grad_fn`, and the bytes of their storages, each counted once."""

    number: int
    graphs: int
    size: int


def kind_of_tensors() -> Any:
    """Return torch's class of tensors, or None where nobody has imported torch."""
    kind = getattr(sys.modules.get("torch"), "Tensor", None)
    return kind if isinstance(kind, type) else None


def storage(tensor: Any) -> tuple[Any, int]:
    """Return what tells a tensor's storage from others, and its bytes; 0 for one that has none."""
    found = attempt(_storage, tensor)
    return (id(tensor), 0) if isinstance(found, Fault) else found


def _storage(tensor: Any) -> tuple[Any, int]:
    if not hasattr(tensor, "untyped_storage"):  # before torch 2.0
        return (str(tensor.device), tensor.data_ptr()), int(tensor.element_size() * tensor.nelement())
    held = tensor.untyped_storage()
    return (str(held.device), held.data_ptr()), int(held.nbytes())


def has_graph(tensor: Any) -> bool:
    """Whether a tensor carries a `grad_fn`; to ask for that itself would make an object."""
    return attempt(lambda: not tensor.is_leaf) is True


def tensors_among(things: list[Any]) -> list[Any]:
    """Return the tensors of a list."""
    kind = kind_of_tensors()
    if kind is None:
        return []
    kinds = {each for each in set(map(type, things)) if issubclass(each, kind)}
    return [each for each in things if type(each) in kinds]


class Meter:
    """Samples memory. Made after the warm-up; `close` gives the collector back as it was.

    Raises:
        Unfit: this Python counts no blocks, or has no collector that can put objects aside.
    """

    def __init__(self) -> None:
        if not hasattr(gc, "freeze") or not hasattr(sys, "getallocatedblocks"):
            raise Unfit(f"memory can't be watched in {sys.implementation.name}, expected CPython")
        self._collected = gc.isenabled()
        self._statm = attempt(os.open, "/proc/self/statm", os.O_RDONLY)
        self.devices = _devices()
        gc.disable()
        gc.collect()
        self.old_storages = {storage(each)[0] for each in tensors_among(gc.get_objects())}
        gc.freeze()

    def close(self) -> None:
        """Let the collector work as before."""
        gc.unfreeze()
        if self._collected:
            gc.enable()
        if type(self._statm) is int:
            os.close(self._statm)

    def new_series(self) -> Series:
        """Return room for the samples of one phase."""
        return Series(len(NUMBERS) + len(self.devices))

    def sample(self, series: Series, requests: int) -> None:
        """Collect garbage, and write down what is left."""
        before = _counted().number
        gc.collect()
        left = _counted()
        attempt(_forget_names)
        series.add(
            requests, *left, sys.getallocatedblocks(), self.resident(), max(0, before - left.number), *self._allocated()
        )

    def resident(self) -> int:
        """Return the bytes of the process that are in memory; 0 where nobody says."""
        if type(self._statm) is not int:
            return 0
        return int(os.pread(self._statm, 128, 0).split()[1]) * _PAGE

    def _allocated(self) -> list[int]:
        if not self.devices:
            return []
        cuda = sys.modules["torch"].cuda
        found = []
        for device in self.devices:
            attempt(cuda.synchronize, device)
            size = attempt(cuda.memory_allocated, device)
            found.append(size if type(size) is int else 0)
        return found

    def peaks(self) -> dict[str, dict[str, int]]:
        """Return, for each CUDA device, the most that was allocated, and what is reserved and not allocated."""
        found: dict[str, dict[str, int]] = {"peak": {}, "fragmentation": {}}
        for device in self.devices:
            cuda, name = sys.modules["torch"].cuda, f"cuda:{device}"
            found["peak"][name] = int(cuda.max_memory_allocated(device))
            found["fragmentation"][name] = int(cuda.memory_reserved(device) - cuda.memory_allocated(device))
        return found


class Series:
    """The samples of one phase: rows of whole numbers, in one array that never grows."""

    def __init__(self, width: int) -> None:
        self.width, self.count = width, 0
        self._cells = array("q", bytes(8 * width * MAX_SAMPLES))

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another sample."""
        return self.count >= MAX_SAMPLES

    def add(self, *numbers: int) -> None:
        """Write down a sample."""
        self._cells[self.count * self.width : (self.count + 1) * self.width] = array("q", numbers)
        self.count += 1

    def column(self, position: int) -> list[int]:
        """Return one number, sample by sample."""
        return list(self._cells[position : self.count * self.width : self.width])

    def rows(self) -> list[list[int]]:
        """Return the samples."""
        return [list(self._cells[i * self.width : (i + 1) * self.width]) for i in range(self.count)]


def _counted() -> Tensors:
    if kind_of_tensors() is None:
        return Tensors(0, 0, 0)
    found = tensors_among(gc.get_objects())
    sizes = dict(storage(each) for each in found)
    return Tensors(len(found), sum(has_graph(each) for each in found), sum(sizes.values()))


def _forget_names() -> None:
    """Empty the interpreter's cache of attributes by class.

    Its 4,096 places are taken by the address of a name and hold the name, so every name that C code makes anew, as
    numpy and pandas do, takes another: some hundred blocks more in the first hundreds of requests, and no leak.
    """
    sys._clear_type_cache()  # noqa: SLF001 - it has no other name before Python 3.13


def _devices() -> list[int]:
    """Return the CUDA devices that the candidate has used: to ask for others would make a context on them."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is None or attempt(cuda.is_initialized) is not True:
        return []
    count = attempt(cuda.device_count)
    found = []
    for device in range(count if type(count) is int else 0):
        reserved = attempt(cuda.memory_reserved, device)
        if type(reserved) is int and reserved > 0:
            attempt(cuda.reset_peak_memory_stats, device)
            found.append(device)
    return found
