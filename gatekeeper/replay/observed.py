"""What a predictor answered while it was watched: values with their type and shape, times, and what else happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from gatekeeper.replay.outcomes import Fault

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One output, or one input, of one record.

    Attributes:
        dtype: "float", "int", "bool", "text" or "null" for what Python and JSON have; else as numpy and torch name it:
            "float64", "float32", "bfloat16", "int64", ...
        shape: of what lies in `values`; () for a single one.
        values: in C order, flat: an array for numbers with a width, else a tuple. bfloat16 is widened to float32.
        device: where a tensor lay when it was returned, as "cpu" or "cuda:0"; empty for what is no tensor.
    """

    dtype: str
    shape: tuple[int, ...]
    values: Array | tuple[Any, ...] = field(repr=False)
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a predictor made of one record.

    Attributes:
        outputs: by name, a nested one as "a.b"; a bare value is called "output". None where it raised.
        status: the HTTP status beside it, if it gave one.
        fault: what it raised.
        seconds: how long it took.
    """

    outputs: Mapping[str, Value] | None
    status: int | None = None
    fault: Fault | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What happened besides, while records were answered.

    Attributes:
        forwards: calls of torch modules from outside any module.
        grad_forwards: how many of them recorded a graph: gradients were on, and what came out carries a `grad_fn`.
            `grad_at` says where the first was called, "file:line in function".
        training: the modules that were in training mode, by class and path.
        returned_grad: the outputs that were tensors which require grad.
        mutated_inputs: the positions of the records that were changed.
        changed_weights: the modules and estimators whose numbers are not what they were before.
        devices: where the tensors lay that came out of modules.
    """

    forwards: int = 0
    grad_forwards: int = 0
    grad_at: str = ""
    training: tuple[str, ...] = ()
    returned_grad: tuple[str, ...] = ()
    mutated_inputs: tuple[int, ...] = ()
    changed_weights: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The answers to the records of one request, in the order of the records, and what happened besides."""

    answers: tuple[Answer, ...]
    watched: Watched
    attempts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictor:
    """A predictor that is open.

    Attributes:
        format: "handler", or what the artifact is: "joblib", "pickle", "skops", "onnx", "torchscript", "torch.export",
            "safetensors".
        batches: whether it can be given many records at once.
        inputs, outputs: names, each with its type and shape as the artifact says (-1 for any size); empty where it does
            not.
        runtime: what computes: {"device": "cpu", "torch": "2.13.0+cpu", "threads": "1", "capability": "AVX2", ...}.
        attempts: what it tried to do while it was opened.
    """

    format: str
    batches: bool = False
    inputs: Mapping[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    outputs: Mapping[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    runtime: Mapping[str, str] = field(default_factory=dict)
    attempts: tuple[str, ...] = ()


class Memory(StrEnum):
    """What becomes of memory over many requests."""

    LEAK = "LEAK"
    CYCLE = "CYCLE"
    BOUNDED = "BOUNDED CACHE"
    CLEAN = "CLEAN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Memory after so many requests, garbage collected.

    Attributes:
        requests: since the warm-up.
        tensors, graphs: live tensors made since then, and how many of them carry a `grad_fn`.
        tensor_bytes: of their storages.
        blocks: blocks of Python's allocator that are in use.
        resident: bytes of the process.
        devices: bytes that torch has allocated, by CUDA device.
        uncollected: tensors that only the collector freed.
    """

    requests: int
    tensors: int
    graphs: int
    tensor_bytes: int
    blocks: int
    resident: int
    devices: Mapping[str, int] = field(default_factory=dict)
    uncollected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds what was kept.

    Attributes:
        path: as "serving.handler.DEBUG_TENSORS", "serving.app.price.<locals>.seen (closure)".
        kind: its class: "list", "collections.deque", "functools.lru_cache".
        holds: of which class the things are.
        count: how many of them, made since the warm-up.
        graphs: how many of those are tensors with a `grad_fn`.
        bytes_per_request: what they weigh.
        limit: the most that it can hold, where it says so (`maxlen`, `maxsize`); None where it does not.
        allocated_at: where they were made: "serving/demand.py:41 in estimate"; empty where that is not known.
    """

    path: str
    kind: str
    holds: str
    count: int
    graphs: int = 0
    bytes_per_request: float = 0.0
    limit: int | None = None
    allocated_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stressed:
    """What became of memory while the predictor answered many requests.

    Attributes:
        verdict: of all phases.
        why: one line: which number grew by how much a request, and over which requests.
        repeated: samples while the same records were cycled.
        fresh: samples while each request was a new one; empty where records could not be varied.
        slopes: per request, of each number that was followed (Theil-Sen).
        holders: who holds what was kept, the largest first.
        warmup, requests: how many there were.
        faults: how many requests raised.
        seconds: of the whole phase; `latency` of one request: the median, and the 99th percentile.
        peak: bytes, by CUDA device.
        fragmentation: bytes that are reserved and not allocated, by CUDA device.
    """

    verdict: Memory
    why: str
    repeated: tuple[Sample, ...]
    fresh: tuple[Sample, ...]
    slopes: Mapping[str, float]
    holders: tuple[Holder, ...]
    warmup: int
    requests: int
    faults: int
    seconds: float
    latency: tuple[float, float]
    peak: Mapping[str, int] = field(default_factory=dict)
    fragmentation: Mapping[str, int] = field(default_factory=dict)
    attempts: tuple[str, ...] = ()
