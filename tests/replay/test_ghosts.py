"""A pickle's objects looked at without their classes: no library runs, and an encoder says what it knows."""

import pickle
from pathlib import Path

import joblib
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from gatekeeper.replay.inside import encoders, ghosts
from gatekeeper.replay.inside.calls import Unfit

ROOT = Path(__file__).parents[2]


def pipeline() -> Pipeline:
    rows = pd.DataFrame({"region": ["east", "north"] * 20, "size": [1, 2, 3, 3] * 10, "cost": range(40)})
    columns = ColumnTransformer(
        [
            ("code", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["region"]),
            ("hot", OneHotEncoder(handle_unknown="ignore"), ["size"]),
        ],
        remainder="passthrough",
    )
    return Pipeline([("columns", columns), ("price", GradientBoostingRegressor(n_estimators=3))]).fit(
        rows, rows["cost"] * 2.0
    )


@pytest.mark.parametrize("compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3)], ids=str)
def test_the_encoders_of_a_joblib_file(tmp_path: Path, compress: object) -> None:
    joblib.dump(pipeline(), tmp_path / "model", compress=compress)
    _, model = ghosts.opened(str(tmp_path / "model"))
    code, hot = encoders.found_in(model)
    assert (code["handle_unknown"], code["unknown_value"]) == ("use_encoded_value", -1)
    assert (code["columns"], code["categories"]) == (["region"], [["east", "north"]])
    assert (hot["handle_unknown"], hot["categories"]) == ("ignore", [[1, 2, 3]])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_the_encoders_of_a_pickle(tmp_path: Path, protocol: int) -> None:
    (tmp_path / "model").write_bytes(pickle.dumps(pipeline(), protocol=protocol))
    _, model = ghosts.opened(str(tmp_path / "model"))
    assert [each["columns"] for each in encoders.found_in(model)] == [["region"], ["size"]]


def test_a_model_that_this_scikit_learn_cant_load() -> None:
    _, model = ghosts.opened(str(ROOT / "examples/incident-4092x/model.joblib"))
    (encoder,) = encoders.found_in(model)
    assert encoder["unknown_value"] == -1


def test_nothing_that_the_file_names_is_called(tmp_path: Path) -> None:
    class Payload:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            import os

            return os.system, (f"echo hello > {tmp_path / 'ran'}",)

    (tmp_path / "model").write_bytes(pickle.dumps([Payload()], protocol=4))
    _, found = ghosts.opened(str(tmp_path / "model"))
    assert type(found[0]).__name__ == "system"
    assert isinstance(found[0], ghosts.Ghost)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"hello", b"\x08\x01"])
def test_what_is_no_pickle_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "model").write_bytes(data)
    with pytest.raises(Unfit):
        ghosts.opened(str(tmp_path / "model"))
