"""An interpreter without what the model needs is told in one line for each library, and no word is lost on the rest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Gate = Callable[..., "subprocess.CompletedProcess[str]"]

PRICING = Path(__file__).parents[2] / "examples" / "pricing"


def test_a_library_that_is_not_installed_is_one_finding(gate: Gate, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "empty"], check=True)
    done = gate("run", PRICING, "--check", "artifact-integrity", "--python", tmp_path / "empty" / "bin" / "python")

    assert done.returncode == 1
    assert done.stdout.count("artifact-integrity/missing-name  model.joblib") == 3
    for library in ("joblib", "numpy", "sklearn"):
        assert f"has no module {library}: loading fails with ModuleNotFoundError" in done.stdout.replace("\n", " ")
    assert "fix: install what production's lock pins there" in done.stdout
