"""What a worker answers, and every way in which it may not. Each operation returns its answer or `Refused`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, Any]


class Protection(StrEnum):
    """What a sandbox keeps out. Each is held by one layer or more."""

    NET = "net"
    FS = "fs"
    PROCESSES = "processes"


class Reason(StrEnum):
    """Why there is no answer."""

    NO_INTERPRETER = "no interpreter"
    NOT_PYTHON = "not Python"
    TOO_OLD = "too old"
    UNPROTECTED = "unprotected"
    MODULE_MISSING = "module missing"
    RAISED = "raised"
    WRONG_ANSWER = "wrong answer"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    TOO_MANY_THREADS = "too many threads"
    KILLED = "killed"
    ENDED = "ended"
    NONSENSE = "nonsense"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An exception in the candidate's process.

    Attributes:
        kind: "raised", "memory", "missing" (a module) or "unfit" (what was returned is not what was asked for).
        type: its class.
        message: its text, at most 2,000 characters.
        module: the module that is missing; else empty.
        status: the HTTP status that it carries, if it does.
        where: the last frames, one `file:line in function` a line.
    """

    kind: str
    type: str
    message: str
    module: str = ""
    status: int | None = None
    where: str = ""

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No answer: why, in words for whoever must act.

    Attributes:
        reason: which of the ways it was.
        what: what happened, one line.
        fix: what to do.
        fault: the exception, where it was one.
        attempts: what the candidate tried to do meanwhile: "open a connection to 10.0.0.1:80".
        printed: the end of what it printed.
        fatal: whether the worker is gone.
    """

    reason: Reason
    what: str
    fix: str
    fault: Fault | None = None
    attempts: tuple[str, ...] = ()
    printed: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of the sandbox: whether it holds, and how, or why not."""

    name: str
    applied: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a worker before anything of the candidate is loaded.

    Attributes:
        python: the version, as "3.11.7".
        implementation: as "cpython".
        versions: the distributions that were asked for; None where one is not installed.
        layers: the sandbox, layer by layer.
        protections: what it keeps out.
        attempts: what the environment's own start-up files tried.
    """

    python: str
    implementation: str
    versions: Mapping[str, str | None]
    layers: tuple[Layer, ...]
    protections: frozenset[Protection]
    attempts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """A fitted encoder of the pipeline.

    Attributes:
        path: where it stands: "preprocess.region".
        kind: its class.
        columns: what it is fitted on, by name or position; None where that is not known.
        categories: for each column, what it knows, in order.
        handle_unknown, unknown_value, encoded_missing_value: its settings; None where it has none.
    """

    path: str
    kind: str
    columns: tuple[str | int, ...] | None
    categories: tuple[tuple[Any, ...], ...]
    handle_unknown: Any
    unknown_value: Any
    encoded_missing_value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model that is loaded in the worker.

    Attributes:
        format: what loaded it: joblib or pickle.
        kind: the model's class.
        feature_names_in, n_features_in, classes: as the model says; None where it does not.
        methods: which of predict, predict_proba, ... it has.
        encoders: every encoder found in it; `encoders_fault` says why they can't be known.
        structure, structure_arrays: what it is made of (`inside/structure.py`); `structure_fault` if that is not known.
        warnings: what was warned of while it was loaded, as "InconsistentVersionWarning: ...".
        attempts: what it tried to do.
    """

    format: str
    kind: str
    feature_names_in: tuple[str, ...] | None
    n_features_in: int | None
    classes: tuple[Any, ...] | None
    methods: tuple[str, ...]
    encoders: tuple[Encoder, ...]
    encoders_fault: Fault | None
    structure: Mapping[str, Any] | None
    structure_arrays: Mapping[str, Array] = field(repr=False)
    structure_fault: Fault | None
    warnings: tuple[str, ...]
    attempts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """What a model answered for the rows of one request.

    Attributes:
        rows: the positions of the rows that have an output, ascending.
        outputs: their outputs: numbers of shape (len(rows), ...), or a list of labels.
        faults: the exception of every row that has none, by position.
        fed_as: how the rows were given: "frame", "array" or "lists".
        attempts: what the model tried to do.
    """

    rows: tuple[int, ...]
    outputs: Array | list[Any]
    faults: Mapping[int, Fault]
    fed_as: str
    attempts: tuple[str, ...]

    @property
    def not_finite(self) -> tuple[int, ...]:
        """The positions of the rows whose output is not finite in any of its numbers."""
        from gatekeeper.replay.arrays import not_finite  # noqa: PLC0415 - numpy is loaded when there are numbers

        return tuple(self.rows[each] for each in not_finite(self.outputs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What the production handler made of one record: a value with its status if it gave one, or an exception."""

    value: Any = None
    status: int | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledAll:
    """What the production handler made of the records of one request, in their order."""

    outcomes: tuple[Handled, ...]
    attempts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The production handler is there and can be called."""

    attempts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """A value that JSON has not: its class, and how it shows itself."""

    kind: str
    text: str
