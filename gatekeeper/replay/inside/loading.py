"""A model loaded by what its file holds, and what can be said about it without asking it."""

# To run what a model's file says is what this process is for: it is shut in. `open` where ruff likes `pathlib`.
# What is imported late is what an interpreter may lack, or what must not run before the sandbox is on.
# ruff: noqa: PLC0415, PTH123, S301

from __future__ import annotations

import mmap
import os
import warnings
from typing import TYPE_CHECKING, Any

from gatekeeper.replay.inside import encoders
from gatekeeper.replay.inside.calls import MAX_MESSAGE, Fault, Unfit, attempt, module, named
from gatekeeper.replay.inside.values import tagged

METHODS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "score_samples",
    "transform",
    "__call__",
)
_COMPRESSED = (b"\x1f\x8b", b"x", b"BZh", b"\xfd7zXZ", b"\x5d\x00\x00", b"\x04\x22\x4d\x18", b"ZF")
"""How what joblib compresses begins: gzip, zlib at any level, bzip2, xz, lzma, lz4, and its own old format."""
_MAX_WARNINGS = 20

if TYPE_CHECKING:
    Loaded = tuple[Any, dict[str, Any], list[tuple[str, Any]]]


def load(path: str, *, ghosts: bool = False) -> Loaded:
    """Return the model, what is said about it, and the arrays of its structure.

    Args:
        path: of its file.
        ghosts: whether its objects are looked at without their classes: nothing can be asked of them.

    Raises:
        Unfit: the file is of a kind that is not loaded here.
        Missing: what loads it is not installed.
        Exception: whatever the file's own code raises.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        kind, model = _seen(path) if ghosts else _opened(path)
    said: dict[str, Any] = {
        "format": kind,
        "kind": named(type(model)),
        "warnings": [_warned(each) for each in caught[:_MAX_WARNINGS]],
    }
    said.update(_facts(model))
    structure, arrays = _structure(model)
    said["structure"] = structure
    return model, said, arrays


def _seen(path: str) -> tuple[str, Any]:
    from gatekeeper.replay.inside import ghosts

    return ghosts.opened(path)


def _opened(path: str) -> tuple[str, Any]:
    with open(path, "rb") as source:
        start = source.read(8)
    if start.startswith(b"PK\x03\x04") or path.endswith((".onnx", ".safetensors")):
        raise Unfit("a file of this kind is not loaded here yet; pickles and joblib's files are")
    return unpickled(path)


def unpickled(path: str) -> tuple[str, Any]:
    """Return what a pickle or a file of joblib's holds, whatever its name, and which of the two it is.

    Raises:
        Unfit: the file is empty.
        Missing: joblib wrote it and is not installed.
        Exception: whatever the file's own code raises.
    """
    with open(path, "rb") as source:
        start = source.read(8)
        if not start:
            raise Unfit("the file is empty")
        # The pickle that joblib writes says so itself, and pickle alone would leave its arrays out.
        by_joblib = start.startswith(_COMPRESSED) or _mentions(source.fileno(), b"joblib")
    if by_joblib:
        return "joblib", module("joblib", "the file was written by joblib").load(path)
    import pickle

    with open(path, "rb") as source:
        # To run what the file says is what this process is for; it is shut in.
        return "pickle", pickle.load(source)


def _mentions(file: int, word: bytes) -> bool:
    if not os.fstat(file).st_size:
        return False
    with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as data:
        return data.find(word) >= 0


def _warned(caught: warnings.WarningMessage) -> str:
    found = attempt(lambda: f"{caught.category.__name__}: {caught.message}")
    return "a warning that can't be shown" if isinstance(found, Fault) else found[:MAX_MESSAGE]


def _facts(model: Any) -> dict[str, Any]:
    names = attempt(lambda: [str(each) for each in model.feature_names_in_])
    count = attempt(lambda: int(model.n_features_in_))
    classes = attempt(lambda: tagged(list(model.classes_)))
    found = attempt(encoders.found_in, model)
    return {
        "feature_names_in": None if isinstance(names, Fault) else names,
        "n_features_in": None if isinstance(count, Fault) else count,
        "classes": None if isinstance(classes, Fault) else classes,
        "methods": [each for each in METHODS if attempt(_callable, model, each) is True],
        "encoders": [] if isinstance(found, Fault) else found,
        "encoders_error": found.document() if isinstance(found, Fault) else None,
    }


def _callable(model: Any, name: str) -> bool:
    return callable(getattr(model, name, None))


def _structure(model: Any) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """Return what the model is made of, or why that is not known; it never makes loading fail."""
    outcome = attempt(_described, model)
    if isinstance(outcome, Fault):
        return {"error": outcome.document()}, []
    document, arrays = outcome
    return {"document": document}, arrays


def _described(model: Any) -> tuple[Any, list[tuple[str, Any]]]:
    from gatekeeper.replay.inside import structure  # type: ignore[attr-defined,unused-ignore] # sent where there is one

    document, arrays = structure.describe(model)
    numpy = module("numpy", "arrays of the model's structure")
    return tagged(document), [(str(name), numpy.asarray(array)) for name, array in arrays.items()]
