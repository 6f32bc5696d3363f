"""Gives a test that asks for `model_file` and `truth` each file of the corpus that can be read, with its truth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

CORPUS = Path(__file__).parent / "corpus"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "model_file" in metafunc.fixturenames:
        cases = [
            pytest.param(file.parent / name, truth, id=f"{file.parent.name}/{name}")
            for file in sorted(CORPUS.glob("*/truth.json"))
            for name, truth in json.loads(file.read_text()).items()
            if truth is not None
        ]
        metafunc.parametrize(("model_file", "truth"), cases)


@pytest.fixture(scope="session")
def corpus() -> Path:
    return CORPUS


@pytest.fixture(scope="session")
def corpus_files() -> list[Path]:
    """Return every model file of the corpus, readable or not."""
    return [path for path in sorted(CORPUS.glob("*/*")) if path.suffix != ".json"]
