"""Workers, models and hostile pickles for the tests. A pickle is loaded in a worker, and nowhere else."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.replay.outcomes import Loaded, Refused
from gatekeeper.replay.worker import Bounds, Worker, start

# torch as in the extra of pyproject.toml; the others as they were when this was written.
FRAMEWORKS = (
    *("torch==2.13.0", "onnx==1.23.2", "onnxruntime==1.32.0", "skops==0.16.0", "safetensors==0.8.0"),
    *("scikit-learn==1.9.1", "numpy==2.4.6", "pandas==3.1.1", "joblib==1.6.0"),
)


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


@pytest.fixture(scope="session")
def torch_python() -> Iterator[str]:
    """Return an interpreter with `FRAMEWORKS`: the one that GATEKEEPER_TORCH_PYTHON names, else a new environment.

    A new one takes a gigabyte, so it is removed at once.
    """
    named = os.environ.get("GATEKEEPER_TORCH_PYTHON")
    if named:
        yield named
        return
    with tempfile.TemporaryDirectory(prefix="frameworks-") as folder:
        python = str(Path(folder) / "bin" / "python")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *FRAMEWORKS], check=True, timeout=1800)
        yield python
