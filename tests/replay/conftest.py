"""Workers, models and hostile pickles for the tests. A pickle is loaded in a worker, and nowhere else."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.replay.outcomes import Loaded, Refused
from gatekeeper.replay.worker import Bounds, Worker, start


class Evaluated:
    """Pickles to the value that an expression has where it is loaded."""

    def __init__(self, expression: str) -> None:
        self.expression = expression

    def __reduce__(self) -> tuple[Any, ...]:
        return eval, (self.expression,)


class Executed(Evaluated):
    """Pickles to None, and runs statements where it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (self.expression, {})


@pytest.fixture
def pickled(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a pickle whose loading evaluates an expression."""

    def write(expression: str) -> Path:
        path = tmp_path / "model.pkl"
        path.write_bytes(pickle.dumps(Evaluated(expression)))
        return path

    return write


@pytest.fixture
def predictor(pickled: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return a function that writes a pickle of an object whose `predict(rows)` is an expression."""

    def write(expression: str) -> Path:
        return pickled(f"__import__('types').SimpleNamespace(predict=lambda rows: {expression})")

    return write


@pytest.fixture
def loading(tmp_path: Path) -> Callable[..., Loaded | Refused]:
    """Return a function that runs statements while a model is loaded in a fresh worker, and gives its outcome."""

    def load(statements: str, **bounds: Any) -> Loaded | Refused:
        path = tmp_path / "hostile.pkl"
        path.write_bytes(pickle.dumps(Executed(statements)))
        with start(sys.executable, tmp_path, bounds=Bounds(**{"timeout": 20.0, **bounds})) as worker:
            assert isinstance(worker, Worker), worker
            return worker.load(path)

    return load


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A worker that all tests of a module share."""
    with start(sys.executable, tmp_path_factory.mktemp("candidate"), distributions=["numpy", "no-such"]) as started:
        assert isinstance(started, Worker), started
        yield started
