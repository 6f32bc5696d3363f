"""The environments of the examples, really installed: once a session, and only for the tests that are marked slow."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def stacks() -> Iterator[Path]:
    """A folder with one virtual environment a stack, named by its scikit-learn version, and `breaks.json` beside them.

    They take over a gigabyte, so they are removed at once and not kept as pytest keeps `tmp_path`.
    """
    with tempfile.TemporaryDirectory(prefix="stacks-") as folder:
        options = ["--environments", folder, "--output", f"{folder}/breaks.json"]
        command = [sys.executable, str(HERE / "measure_breaks.py"), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.fail(f"the environments of the examples can't be made or measured:\n{done.stderr[-2000:]}")
        yield Path(folder)


@pytest.fixture(scope="session")
def run_in(stacks: Path) -> Callable[[str, Path, str], Any]:
    """A function (stack, example folder, code) that runs the code there, and returns the JSON on its last line."""

    def run(stack: str, folder: Path, code: str) -> Any:
        command = [str(stacks / stack / "bin" / "python"), "-B", "-c", code]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run
