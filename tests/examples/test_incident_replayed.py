"""The incident's artifact, really replayed: under 1.4.2 it answers as recorded; under 1.3.0 it dies at predict."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

INCIDENT = Path(__file__).resolve().parents[2] / "examples" / "incident-4092x"
TRAINING, PRODUCTION = "1.4.2", "1.3.0"
POLICY = """\
schema: gatekeeper/candidate@1
name: holiday-pricing
artifacts: [model.joblib]
golden: golden
replay: {min_records: 10, stress: 20}
"""
ROWS = "region,unit_cost,units,stock,days_to_holiday,season\n" + "".join(
    f"{region},{unit_cost},{units},{stock},{days},{season}\n"
    for region in ("north", "south", "east", "west")
    for unit_cost, units, stock in ((8.17, 3, 244), (50.61, 10, 259), (120.0, 24, 0))
    for days, season in ((2, 2.0), (20, 1.0), (60, 0.0))
)


def gatekeeper(*args: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-m", "gatekeeper", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def artifact(tmp_path: Path, stacks: Path) -> Path:
    """The bare model with golden records of it, recorded with the packages that it was trained with."""
    (tmp_path / "gatekeeper.yaml").write_text(POLICY)
    shutil.copy(INCIDENT / "model.joblib", tmp_path)
    (tmp_path / "rows.csv").write_text(ROWS)
    python = stacks / TRAINING / "bin" / "python"
    done = gatekeeper("golden", "record", tmp_path, "--inputs", tmp_path / "rows.csv", "--n", "30", "--python", python)
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_under_the_versions_of_training_it_passes(artifact: Path, stacks: Path) -> None:
    done = gatekeeper("golden", "replay", artifact, "--python", stacks / TRAINING / "bin" / "python")
    assert done.returncode == 0, done.stdout
    assert "above; bitwise equal" in done.stdout


def test_under_those_of_production_each_record_raises_and_record_and_exception_are_named(
    artifact: Path, stacks: Path
) -> None:
    done = gatekeeper("golden", "replay", artifact, "--python", stacks / PRODUCTION / "bin" / "python")
    assert done.returncode == 1
    assert "critical  golden-replay/raises" in done.stdout
    assert "r001 raised AttributeError" in done.stdout


def test_the_service_itself_prices_everything_at_a_cent_below_nothing(stacks: Path) -> None:
    done = gatekeeper("golden", "replay", INCIDENT, "--python", stacks / PRODUCTION / "bin" / "python")
    assert done.returncode == 1
    assert "price: 99 of 100 golden records" in done.stdout
    assert "answers -0.01" in done.stdout
    assert "serving.app.DEBUG_REQUESTS (list)" in done.stdout


def test_under_the_versions_of_training_the_service_answers_as_it_did_and_leaks(stacks: Path) -> None:
    done = gatekeeper("golden", "replay", INCIDENT, "--python", stacks / TRAINING / "bin" / "python")
    assert done.returncode == 1
    assert "golden-replay/deviates" not in done.stdout
    assert "golden-replay/leak" in done.stdout
