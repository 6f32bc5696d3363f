"""Pieces of the rules' examples: real rows of a lock, and the smallest pickle that carries a version."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

SIX = """\
six==1.16.0 \\
    --hash=sha256:1e61c37477a1626458e36f7b1d82aa5c9b094fa4802892072e49de9c60c4c926 \\
    --hash=sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254
"""
SIX_WHEEL_ONLY = """\
six==1.16.0 \\
    --hash=sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254
"""
SIX_NEWER = """\
six==1.17.0 \\
    --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274 \\
    --hash=sha256:ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81
"""
SIX_REBUILT = """\
six==1.16.0 \\
    --hash=sha256:ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81
"""
TQDM = """\
tqdm==4.67.1 \\
    --hash=sha256:26445eca388f82e72884e0d580d5464cd801a3ea01e63e5601bdff9ba6a48de2 \\
    --hash=sha256:f8aef9c52c08c13a65f30ea34f4e5aac3fd1a34959879d7e59e63027286627f2
"""
SCIKIT_LEARN_1_3_0 = """\
scikit-learn==1.3.0 \\
    --hash=sha256:436aaaae2c916ad16631142488e4c82f4296af2404f480e031d866863425d2a2
"""

LOCKS = """\
schema: gatekeeper/candidate@1
name: pricing
environment:
  training: training.lock
  production: production.lock
  target: cp311-linux_x86_64
"""
ONE_LOCK = """\
schema: gatekeeper/candidate@1
name: pricing
environment:
  production: production.lock
  target: cp311-linux_x86_64
"""
LOCK_AND_MODEL = """\
schema: gatekeeper/candidate@1
name: pricing
artifacts: [model.pkl]
environment:
  production: production.lock
  target: cp311-linux_x86_64
"""


class Later(Mapping[str, str | bytes]):
    """Files that are made when somebody looks at them: an example is read by people and tests, never by a run."""

    def __init__(self, make: Callable[[], Mapping[str, str | bytes]]) -> None:
        self._make = make

    def __getitem__(self, name: str) -> str | bytes:
        return self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    @cached_property
    def _files(self) -> Mapping[str, str | bytes]:
        return self._make()


def estimators(*versions: str) -> bytes:
    """Return the pickle of a list with one LinearRegression for each version of scikit-learn that saved it."""
    return b"\x80\x04]" + b"".join(_estimator(version) + b"a" for version in versions) + b"."


def fitted_on(version: str, names: Iterable[str]) -> bytes:
    """Return the pickle of a LinearRegression that was fitted on columns with these names."""
    return b"\x80\x04" + _estimator(version, names) + b"."


def linear(names: Sequence[str], weights: Sequence[float], intercept: float) -> bytes:
    """Return the pickle of a LinearRegression that predicts, as scikit-learn 1.9.1 saves it."""
    state = {
        "_sklearn_version": _text("1.9.1"),
        "fit_intercept": b"\x88",
        "copy_X": b"\x88",
        "n_jobs": b"N",
        "positive": b"\x89",
        "tol": b"G" + struct.pack(">d", 1e-6),
        "n_features_in_": b"K" + bytes([len(names)]),
        "feature_names_in_": b"](" + b"".join(_text(name) for name in names) + b"e",
        "coef_": _array(weights),
        "intercept_": b"G" + struct.pack(">d", intercept),
    }
    items = b"".join(_text(key) + value + b"s" for key, value in state.items())
    class_ = _text("sklearn.linear_model._base") + _text("LinearRegression") + b"\x93"
    return b"\x80\x04" + class_ + b")\x81}" + items + b"b."


def _array(values: Sequence[float]) -> bytes:
    """Return the opcodes of a float64 array, as numpy 2 writes it: an empty one, and its state."""
    made = _text("numpy._core.multiarray") + _text("_reconstruct") + b"\x93"
    empty = _text("numpy") + _text("ndarray") + b"\x93K\x00\x85C\x01b\x87R"
    dtype = _text("numpy") + _text("dtype") + b"\x93" + _text("f8") + b"\x89\x88\x87R"
    dtype += b"(K\x03" + _text("<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    data = struct.pack(f"<{len(values)}d", *values)
    return (
        made
        + empty
        + b"(K\x01K"
        + bytes([len(values)])
        + b"\x85"
        + dtype
        + b"\x89C"
        + bytes([len(data)])
        + data
        + b"tb"
    )


def _estimator(version: str, names: Iterable[str] = ()) -> bytes:
    """Return the opcodes: STACK_GLOBAL, NEWOBJ without arguments, BUILD with the state that scikit-learn writes."""
    class_ = _text("sklearn.linear_model._base") + _text("LinearRegression") + b"\x93"
    state = b"}" + _text("_sklearn_version") + _text(version) + b"s"
    columns = b"".join(_text(name) + b"a" for name in names)
    if columns:
        state += _text("feature_names_in_") + b"]" + columns + b"s"
    return class_ + b")\x81" + state + b"b"


def _text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()
