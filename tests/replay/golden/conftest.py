"""Golden sets for the tests, and strategies for what may stand in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from gatekeeper.replay.golden.describing import inputs_of, outputs_of
from gatekeeper.replay.golden.facts import Environment, Golden, Header, Record
from gatekeeper.replay.observed import Answer, Value


def as_value(given: Any, dtype: str | None = None) -> Value:
    """Return an array, a bare value or a list of bare values as a predictor's output."""
    if isinstance(given, np.ndarray | np.generic):
        array = np.asarray(given)
        return Value(dtype=dtype or array.dtype.name, shape=array.shape, values=array)
    several = isinstance(given, list)
    values = tuple(given) if several else (given,)
    kinds = {float: "float", int: "int", bool: "bool", str: "text", type(None): "null"}
    return Value(dtype=dtype or kinds[type(values[0])], shape=(len(values),) if several else (), values=values)


@pytest.fixture
def value() -> Callable[..., Value]:
    return as_value


@pytest.fixture
def answer() -> Callable[..., Answer]:
    """Return a function that makes an answer of outputs by name."""

    def make(status: int | None = None, **outputs: Any) -> Answer:
        held = {name: each if isinstance(each, Value) else as_value(each) for name, each in outputs.items()}
        return Answer(outputs=held, status=status)

    return make


@pytest.fixture
def header() -> Callable[..., Header]:
    """Return a function that makes the header of some records."""

    def make(records: Sequence[Record], **known: Any) -> Header:
        said = {
            "predictor": "serving.app:handler",
            "artifacts": {"model.joblib": "sha256:" + "0" * 64},
            "environment": Environment(lock=None, python="3.11.7", versions={"numpy": "2.4.6"}),
            "devices": {"cpu": {"threads": "1"}},
            "seed": 0,
            "recorder": "0.9.0",
            "recorded": "2026-05-04",
            "inputs": inputs_of(records),
            "outputs": outputs_of(records),
        }
        return Header(**{**said, **known})

    return make


@pytest.fixture
def golden(header: Callable[..., Header]) -> Callable[..., Golden]:
    """Return a function that makes a golden set of one output, `price`, from its values."""

    def make(*prices: Any, **known: Any) -> Golden:
        records = tuple(
            Record(
                id=f"r{number:03}",
                inputs={"units": number},
                outputs={"price": each if isinstance(each, Value) else as_value(each)},
            )
            for number, each in enumerate(prices, start=1)
        )
        return Golden(header=header(records, **known), records=records)

    return make
