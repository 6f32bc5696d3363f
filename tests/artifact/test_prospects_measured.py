"""What is foreseen, held against what really happened: 87 fitted objects, saved by one version and used by another.

Made by `make_prospects.py` in environments that are installed here; `corpus/prospects/measured.json` has its results.
Run with `-s` to see precision and recall.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from gatekeeper.artifact import read_artifact
from gatekeeper.artifact.prospects import Sources, foresee

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
MEASURED: dict[str, dict[str, list[str]]] = json.loads((HERE / "corpus/prospects/measured.json").read_text())
STACKS = {
    "1.3.0": ["scikit-learn==1.3.0", "numpy==1.26.4", "scipy==1.13.0", "pandas==2.1.4"],
    "1.4.2": ["scikit-learn==1.4.2", "numpy==1.26.4", "scipy==1.17.1", "pandas==2.2.1"],
    "1.9.1": ["scikit-learn==1.9.1", "numpy==2.4.6", "scipy==1.17.1", "pandas==3.1.1"],
}

# What the sources of Python modules do not show: a call with arguments of another kind (numpy's generators), a value
# whose meaning changed, objects of scipy in a list, a check of scikit-learn's own that says "not fitted".
RANDOM = {
    "GaussianProcessRegressor",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "MLPClassifier",
    "MLPRegressor",
    "Pipeline(columns, GradientBoostingRegressor)",
}
MISSED = {
    "1.4.2 -> 1.3.0": {"SplineTransformer"},
    "1.3.0 -> 1.4.2": {"ColumnTransformer(remainder='passthrough')", "SplineTransformer"},
    "1.4.2 -> 1.9.1": set(),
    "1.9.1 -> 1.4.2": {"RidgeClassifier", *RANDOM},
}
ONLY_COMPARED = {
    "1.4.2 -> 1.3.0": set(),
    "1.3.0 -> 1.4.2": set(),
    "1.4.2 -> 1.9.1": {"SGDClassifier(loss='log_loss')"},
    "1.9.1 -> 1.4.2": {"TfidfVectorizer"},
}


@pytest.fixture(scope="session")
def pythons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the interpreter of an environment for each version of scikit-learn, really installed."""
    made = {}
    for version, packages in STACKS.items():
        folder = tmp_path_factory.mktemp(f"sklearn-{version}")
        base = shutil.which("python3.11")
        assert base is not None, "python3.11 is not on PATH"
        subprocess.run([base, "-m", "venv", folder], check=True)
        made[version] = folder / "bin/python"
        subprocess.run([made[version], "-m", "pip", "install", "--quiet", *packages], check=True)
    return made


@pytest.fixture(scope="session")
def saved(pythons: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the folder with what each version saved."""
    folders = {version: tmp_path_factory.mktemp(f"saved-{version}") for version in pythons}
    for version, python in pythons.items():
        subprocess.run([python, HERE / "make_prospects.py", "save", folders[version]], check=True)
    return folders


@pytest.mark.parametrize("pair", MISSED)
def test_what_breaks_is_what_was_measured(pair: str, pythons: dict[str, Path], saved: dict[str, Path]) -> None:
    trained, served = pair.split(" -> ")
    command = [str(each) for each in (pythons[served], HERE / "make_prospects.py", "serve", saved[trained])]
    done = subprocess.run(command, check=True, capture_output=True, text=True)

    assert json.loads(done.stdout) == MEASURED[pair]


@pytest.mark.parametrize("compared", [True, False], ids=["with the own version", "with the target alone"])
@pytest.mark.parametrize("pair", MISSED)
def test_no_false_alarm_and_no_new_miss(
    pair: str, compared: bool, pythons: dict[str, Path], saved: dict[str, Path]
) -> None:
    trained, served = pair.split(" -> ")
    target = Sources.of_interpreter(pythons[served])
    own = Sources.of_interpreter(pythons[trained]) if compared else None
    files = sorted(saved[trained].glob("*.pkl"))
    foreseen = set()
    for path in files:
        with path.open("rb") as stream:
            if foresee(read_artifact(stream), target, own):
                foreseen.add(path.stem)

    broken = set(MEASURED[pair])
    hits = foreseen & broken
    print(f"\n{pair}: {len(files)} objects, {len(broken)} break; precision {len(hits)}/{len(foreseen)}", end=", ")
    print(f"recall {len(hits)}/{len(broken)}")
    assert foreseen - broken == set()
    assert broken - foreseen == MISSED[pair] | (set() if compared else ONLY_COMPARED[pair])
