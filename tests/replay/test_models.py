"""Real models, loaded and asked in a worker: the same answers as here, and what can be known without asking."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from gatekeeper.replay.outcomes import Loaded, Predicted, Reason, Refused
from gatekeeper.replay.worker import Worker

ROWS = 60


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    chance = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "area": chance.normal(80.0, 20.0, ROWS),
            "rooms": chance.integers(1, 6, ROWS),
            "region": chance.choice(["north", "south", "west"], ROWS).tolist(),
            "heating": chance.choice(["gas", "oil"], ROWS).tolist(),
        }
    )


@pytest.fixture(scope="module")
def pipeline(frame: pd.DataFrame) -> Pipeline:
    columns = ColumnTransformer(
        [
            ("numbers", StandardScaler(), ["area", "rooms"]),
            ("region", OneHotEncoder(handle_unknown="error"), ["region"]),
            ("heating", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["heating"]),
        ]
    )
    made = Pipeline([("columns", columns), ("model", LinearRegression())])
    return made.fit(frame, frame["area"] * 3 + frame["rooms"])


@pytest.fixture
def loaded(load: Callable[..., Loaded], pipeline: Pipeline) -> Loaded:
    return load(pipeline)


@pytest.fixture
def load(worker: Worker, tmp_path: Path) -> Callable[..., Loaded]:
    def dump(model: Any, **options: Any) -> Loaded:
        path = tmp_path / "model.joblib"
        joblib.dump(model, path, **options)
        outcome = worker.load(path)
        assert isinstance(outcome, Loaded), outcome
        return outcome

    return dump


def columns_of(frame: pd.DataFrame) -> dict[str, Any]:
    return {
        name: values.tolist() if values.dtype.kind not in "fi" else values.to_numpy() for name, values in frame.items()
    }


def asked(worker: Worker, columns: dict[str, Any], method: str = "predict", **options: Any) -> Predicted:
    outcome = worker.predict(columns, method, **options)
    assert isinstance(outcome, Predicted), outcome
    return outcome


def test_the_versions_that_are_asked_for_are_those_of_the_interpreter(worker: Worker) -> None:
    assert worker.facts.versions == {"numpy": np.__version__, "no-such": None}
    assert worker.facts.implementation == "cpython"


def test_what_a_pipeline_says_about_itself(loaded: Loaded) -> None:
    assert loaded.format == "joblib"
    assert loaded.kind == "sklearn.pipeline.Pipeline"
    assert loaded.feature_names_in == ("area", "rooms", "region", "heating")
    assert loaded.n_features_in == 4
    assert loaded.classes is None
    assert loaded.methods == ("predict",)
    assert loaded.warnings == ()
    assert loaded.attempts == ()


def test_every_encoder_tells_what_it_knows_and_what_it_does_with_the_unknown(loaded: Loaded) -> None:
    region, heating = loaded.encoders
    assert (region.path, region.columns, region.categories) == (
        "columns.region",
        ("region",),
        (("north", "south", "west"),),
    )
    assert (region.handle_unknown, region.unknown_value) == ("error", None)
    assert (heating.kind, heating.columns) == ("sklearn.preprocessing._encoders.OrdinalEncoder", ("heating",))
    assert (heating.handle_unknown, heating.unknown_value) == ("use_encoded_value", -1)
    assert heating.encoded_missing_value != heating.encoded_missing_value, "NaN comes back as NaN"


def test_encoders_without_names_are_told_by_position(load: Callable[..., Loaded]) -> None:
    rows = np.array([[1.0, 5.0], [2.0, 6.0]])
    columns = ColumnTransformer([("codes", OrdinalEncoder(), [1])], remainder="passthrough").fit(rows)
    (encoder,) = load(columns).encoders
    assert (encoder.columns, encoder.categories) == ((1,), ((5.0, 6.0),))


@pytest.mark.usefixtures("loaded")
def test_the_worker_predicts_what_the_model_predicts(worker: Worker, pipeline: Pipeline, frame: pd.DataFrame) -> None:
    answer = asked(worker, columns_of(frame))
    assert answer.fed_as == "frame"
    assert answer.rows == tuple(range(ROWS))
    assert answer.faults == {}
    assert isinstance(answer.outputs, np.ndarray)
    assert np.array_equal(answer.outputs, pipeline.predict(frame))


@pytest.mark.usefixtures("loaded")
def test_rows_that_raise_are_told_and_the_others_have_values(
    worker: Worker, pipeline: Pipeline, frame: pd.DataFrame
) -> None:
    columns = columns_of(frame)
    bad = {3: "mars", 17: None, 59: "moon"}
    columns["region"] = [bad.get(row, region) for row, region in enumerate(columns["region"])]
    answer = asked(worker, columns)
    assert set(answer.faults) == set(bad)
    assert answer.faults[3].type == "ValueError"
    assert "mars" in answer.faults[3].message
    good = [row for row in range(ROWS) if row not in bad]
    assert list(answer.rows) == good
    assert np.array_equal(answer.outputs, pipeline.predict(frame.iloc[good]))


def test_a_frame_is_kept_from_a_model_that_was_fitted_without_names(
    worker: Worker, load: Callable[..., Loaded]
) -> None:
    rows = np.random.default_rng(1).normal(size=(20, 2))
    model = LogisticRegression().fit(rows, np.where(rows[:, 0] > 0, "dear", "cheap"))
    assert load(model).classes == ("cheap", "dear")
    columns = {"a": rows[:, 0], "b": rows[:, 1]}
    labels = asked(worker, columns)
    assert labels.fed_as == "array"
    assert labels.outputs == model.predict(rows).tolist()
    chances = asked(worker, columns, "predict_proba")
    assert np.array_equal(chances.outputs, model.predict_proba(rows))


def test_a_forest_runs_its_threads_inside(worker: Worker, load: Callable[..., Loaded]) -> None:
    rows = np.random.default_rng(2).normal(size=(200, 3))
    forest = RandomForestRegressor(n_estimators=20, n_jobs=2, random_state=0).fit(rows, rows[:, 0])
    load(forest)
    answer = asked(worker, {name: rows[:, place] for place, name in enumerate("abc")})
    assert np.allclose(answer.outputs, forest.predict(rows), rtol=1e-12)


@pytest.mark.parametrize("compress", [0, 3, ("xz", 2)])
def test_a_file_is_opened_by_what_it_holds(load: Callable[..., Loaded], compress: Any) -> None:
    model = LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
    assert load(model, compress=compress).format == "joblib"


def test_a_version_that_does_not_match_is_warned_of(load: Callable[..., Loaded]) -> None:
    class Older(LinearRegression):  # type: ignore[misc]  # it comes without stubs
        __module__, __qualname__ = LinearRegression.__module__, "LinearRegression"

        def __reduce__(self) -> Any:
            state = {**self.__dict__, "_sklearn_version": "1.3.2"}
            return LinearRegression, (), state

    (warning,) = load(Older().fit([[0.0], [1.0]], [0.0, 2.0])).warnings
    assert warning.startswith("InconsistentVersionWarning: ")
    assert "1.3.2" in warning


def test_numbers_come_back_as_they_are(worker: Worker, predictor: Callable[[str], Path]) -> None:
    assert isinstance(worker.load(predictor("rows[:, 0]")), Loaded)
    odd = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, 0.1, 1e308])
    answer = asked(worker, {"x": odd})
    assert isinstance(answer.outputs, np.ndarray)
    assert answer.outputs.tobytes() == odd.tobytes()
    assert answer.not_finite == (2, 3, 4)


@pytest.mark.parametrize("kind", ["f4", "f2", "i8", "i2", "u4", "u1", "?"])
def test_types_come_back_as_they_are(worker: Worker, predictor: Callable[[str], Path], kind: str) -> None:
    assert isinstance(worker.load(predictor("rows[:, 0]")), Loaded)
    given = np.array([0, 1, 1, 0]).astype(kind)
    answer = asked(worker, {"x": given})
    assert isinstance(answer.outputs, np.ndarray)
    assert answer.outputs.dtype == given.dtype
    assert np.array_equal(answer.outputs, given)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("3.0", "returned float, expected an array with one output a row"),
        ("None", "returned NoneType, expected"),
        ("(each for each in rows)", "returned generator, expected"),
        ("[1.0]", "returned list of shape [1], expected 3 rows"),
        ("[1.0, 2.0, 3.0, 4.0]", "of shape [4], expected 3 rows"),
        ("rows[:, 0] * 1j", "complex128, expected real ones"),
        ("[object(), 1, 2]", "returned object for a row, expected a number or a label"),
        ("[[1], [2, 3], [4]]", "inhomogeneous shape"),
        ("[['a', 'b']] * 3", "returned labels of shape [3, 2], expected one a row"),
    ],
)
def test_what_is_no_output_a_row_is_refused(
    worker: Worker, predictor: Callable[[str], Path], returned: str, said: str
) -> None:
    assert isinstance(worker.load(predictor(returned)), Loaded)
    outcome = worker.predict({"x": np.arange(3.0)})
    if isinstance(outcome, Refused):
        assert outcome.reason is Reason.WRONG_ANSWER
        assert said in outcome.what
    else:
        assert all(said in outcome.faults[row].message for row in range(3))


def test_a_method_that_there_is_not_is_refused(worker: Worker, predictor: Callable[[str], Path]) -> None:
    assert isinstance(worker.load(predictor("rows[:, 0]")), Loaded)
    outcome = worker.predict({"x": [1.0]}, "predict_proba")
    assert isinstance(outcome, Refused)
    assert "has no method predict_proba" in outcome.what
    assert not outcome.fatal


def test_a_model_that_raises_for_every_row_is_not_asked_for_ever(
    worker: Worker, predictor: Callable[[str], Path]
) -> None:
    assert isinstance(worker.load(predictor("{}['price']")), Loaded)
    answer = asked(worker, {"x": np.arange(5000.0)})
    assert answer.rows == ()
    assert len(answer.faults) == 5000
    (said,) = {str(fault) for fault in answer.faults.values()}
    assert said == "KeyError: 'price' (for 5000 rows at once, which are not told apart)"


def test_of_many_rows_that_raise_each_is_found(worker: Worker, predictor: Callable[[str], Path]) -> None:
    assert isinstance(worker.load(predictor("[{0: 1.0}[int(value % 10)] for value in rows[:, 0]]")), Loaded)
    answer = asked(worker, {"x": np.arange(500.0)})
    assert answer.rows == tuple(range(0, 500, 10))
    assert all(str(fault) == f"KeyError: {row % 10}" for row, fault in answer.faults.items())


def test_what_a_model_prints_disturbs_nothing(worker: Worker, predictor: Callable[[str], Path]) -> None:
    noisy = "[print('x' * 100_000) or 1.5 for _ in rows] if __import__('os').write(1, b'y' * 300_000) else 0"
    assert isinstance(worker.load(predictor(noisy)), Loaded)
    assert np.array_equal(asked(worker, {"x": np.arange(20.0)}).outputs, [1.5] * 20)


def test_columns_of_different_lengths_are_the_callers_fault(worker: Worker) -> None:
    with pytest.raises(ValueError, match=r"lengths \[1, 2\]"):
        worker.predict({"a": [1.0], "b": [1.0, 2.0]})


def test_forty_megabytes_of_arrays_pass_whole(worker: Worker, predictor: Callable[[str], Path]) -> None:
    assert isinstance(worker.load(predictor("rows")), Loaded)
    wide = {f"c{place}": np.random.default_rng(place).normal(size=100_000) for place in range(50)}
    answer = asked(worker, wide)
    assert isinstance(answer.outputs, np.ndarray)
    assert np.array_equal(answer.outputs, np.column_stack(list(wide.values())))
