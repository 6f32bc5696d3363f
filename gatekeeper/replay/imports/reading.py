"""Inputs of another tool, whichever it is: told by where they lie and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gatekeeper.errors import Unreadable
from gatekeeper.replay.imports import mlflow, onnx, warmup
from gatekeeper.replay.imports.facts import Imported

__all__ = ["Imported", "read_inputs"]

_KNOWN = (
    "a folder test_data_set_0 with input_0.pb (ONNX), an input_example.json or serving_input_example.json (MLflow), or "
    f"{warmup.FILE} (TF-Serving)"
)


def read_inputs(path: Path, names: Sequence[str] = ()) -> Imported:
    """Return the inputs that another tool keeps, as records.

    Args:
        path: A file or a folder: ONNX test data, an MLflow model or its input example, a TF-Serving warm-up file or the
            saved model that it belongs to.
        names: Of inputs that have none.

    Raises:
        Unreadable: it is of no format that is known, or not whole.
    """
    readers = ((warmup.is_warmup, warmup.read), (onnx.is_onnx, onnx.read), (mlflow.is_mlflow, mlflow.read))
    try:
        for knows, read in readers:
            if knows(path):
                return read(path, names)
    except OSError as error:  # a folder that can't be listed
        raise Unreadable(f"{path} can't be read: {error.strerror}", fix="let the gate's user read it") from error
    what = f"{path} holds no inputs in a format that is known" if path.exists() else f"{path} is not there"
    raise Unreadable(what, fix=f"name {_KNOWN}")
