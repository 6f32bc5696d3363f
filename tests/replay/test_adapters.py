"""Artifacts as predictors: opened by what the file holds, and asked one by one or all at once."""

from __future__ import annotations

import json
import pickle
import random
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from gatekeeper.replay.observed import Predictor, Replayed, Value
from gatekeeper.replay.outcomes import Opened, Reason, Refused
from gatekeeper.replay.worker import Worker, start

AREAS = [float(each) for each in range(40)]
TABLE = pd.DataFrame({"area": AREAS, "region": [("north", "south", "west")[each % 3] for each in range(40)]})
RECORDS: list[dict[str, Any]] = [{"area": 3.0, "region": "south"}, {"area": 39.5, "region": "north"}]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("candidate")
    encode = ColumnTransformer([("n", StandardScaler(), ["area"]), ("c", OneHotEncoder(), ["region"])])
    classifier = make_pipeline(encode, LogisticRegression()).fit(TABLE, np.where(TABLE.area > 20, "dear", "cheap"))
    joblib.dump(classifier, folder / "named.joblib")
    numbers = np.column_stack([AREAS, AREAS[::-1]])
    forest = RandomForestRegressor(5, random_state=0).fit(numbers, np.column_stack([AREAS, AREAS]))
    (folder / "forest.pkl").write_bytes(pickle.dumps(forest))
    (folder / "app.py").write_text("class Twice:\n    def __call__(self, record):\n        return 2 * record['x']\n")
    return folder


@pytest.fixture(scope="module")
def candidate(root: Path) -> Iterator[Worker]:
    with start(sys.executable, root) as worker:
        assert isinstance(worker, Worker), worker
        yield worker


def opened(worker: Worker, path: Path, **how: Any) -> Predictor:
    found = worker.open_artifact(path, **how)
    assert isinstance(found, Predictor), found
    return found


def answers(worker: Worker, records: list[dict[str, Any]], **how: Any) -> list[dict[str, Value]]:
    found = worker.replay(records, **how)
    assert isinstance(found, Replayed), found
    assert [each.fault for each in found.answers] == [None] * len(records)
    return [dict(each.outputs or {}) for each in found.answers]


def told(outputs: dict[str, Value]) -> dict[str, tuple[str, tuple[int, ...], list[Any]]]:
    return {name: (each.dtype, each.shape, list(each.values)) for name, each in outputs.items()}


def test_a_model_with_column_names_is_fed_frames(candidate: Worker, root: Path) -> None:
    predictor = opened(candidate, root / "named.joblib")
    assert (predictor.format, predictor.batches) == ("joblib", True)
    assert predictor.runtime["device"] == "cpu"
    assert {"scikit-learn", "numpy"} <= predictor.runtime.keys()
    model = joblib.load(root / "named.joblib")
    expected = model.predict_proba(pd.DataFrame(RECORDS))
    for record, row in zip(answers(candidate, RECORDS), expected, strict=True):
        label, probabilities = record["output"], record["probabilities"]
        assert (label.dtype, label.shape, label.values) == ("text", (), (("cheap", "dear")[int(row[1] > row[0])],))
        assert (probabilities.dtype, probabilities.shape) == ("float64", (2,))
        np.testing.assert_allclose(probabilities.values, row, rtol=1e-12)


def test_the_order_of_a_records_names_does_not_matter_to_a_model_with_names(candidate: Worker, root: Path) -> None:
    opened(candidate, root / "named.joblib")
    turned = [dict(reversed(each.items())) for each in RECORDS]
    assert [told(each) for each in answers(candidate, turned)] == [told(each) for each in answers(candidate, RECORDS)]


def test_a_model_without_names_is_fed_an_array(candidate: Worker, root: Path) -> None:
    assert opened(candidate, root / "forest.pkl").format == "pickle"
    by_name = answers(candidate, [{"a": 3.0, "b": np.float64(36.0)}])
    as_row = answers(candidate, [{"x": np.array([3.0, 36.0])}])
    assert told(by_name[0]) == told(as_row[0])
    assert told(by_name[0]).keys() == {"output"}
    assert told(by_name[0])["output"][:2] == ("float64", (2,))


def test_all_at_once_and_in_another_order_the_answers_are_in_the_order_of_the_records(
    candidate: Worker, root: Path
) -> None:
    opened(candidate, root / "forest.pkl")
    draw = random.Random(7)
    records = [{"a": draw.uniform(0, 40), "b": draw.uniform(0, 40)} for _ in range(20)]
    single = [told(each) for each in answers(candidate, records)]
    assert len({str(each) for each in single}) > 10
    order = draw.sample(range(20), 20)
    assert [told(each) for each in answers(candidate, records, order=order)] == single
    assert [told(each) for each in answers(candidate, records, order=order, batch=True)] == single


def test_what_is_missing_is_missing_in_a_row_as_in_a_batch(candidate: Worker, tmp_path: Path) -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(max_iter=5).fit(TABLE[["area"]], AREAS)
    joblib.dump(model, tmp_path / "model")
    opened(candidate, tmp_path / "model")
    records: list[dict[str, Any]] = [{"area": None}, {"area": 3.0}]
    expected = model.predict(pd.DataFrame({"area": [np.nan, 3.0]}))
    for batch in (False, True):
        found = answers(candidate, records, batch=batch)
        assert [each["output"].values[0] for each in found] == list(expected)


def test_a_record_that_raises_is_the_fault_of_that_record(candidate: Worker, root: Path) -> None:
    opened(candidate, root / "named.joblib")
    found = candidate.replay([RECORDS[0], {"area": 1.0, "region": "moon"}, {"area": 1.0}])
    assert isinstance(found, Replayed)
    good, unknown, short = found.answers
    assert good.fault is None
    assert unknown.fault is not None
    assert "moon" in unknown.fault.message
    assert short.fault is not None
    assert all(each.seconds > 0 for each in found.answers)


def test_rows_of_different_names_are_no_table(candidate: Worker, root: Path) -> None:
    opened(candidate, root / "forest.pkl")
    found = candidate.replay([{"a": 1.0, "b": 2.0}, {"a": 1.0, "c": 2.0}], batch=True)
    assert isinstance(found, Replayed)
    assert all(each.fault is not None and "not all the same names" in each.fault.message for each in found.answers)


def test_the_name_of_a_file_says_nothing(candidate: Worker, root: Path, tmp_path: Path) -> None:
    for name in ("model.onnx", "model.safetensors", "model.pt2", "model"):
        (tmp_path / name).write_bytes((root / "forest.pkl").read_bytes())
        assert opened(candidate, tmp_path / name).format == "pickle"


def test_a_callable_that_is_pickled_is_given_records(candidate: Worker, tmp_path: Path) -> None:
    (tmp_path / "twice").write_bytes(b"\x80\x04\x8c\x03app\x8c\x05Twice\x93)R.")
    assert opened(candidate, tmp_path / "twice").batches is False
    assert told(answers(candidate, [{"x": 4}])[0]) == {"output": ("int", (), [8])}
    refused = candidate.replay([{"x": 4}], batch=True)
    assert isinstance(refused, Refused)
    assert "takes one record at a time" in refused.what


def archive(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, "{}")
    return path


def safetensors(path: Path) -> Path:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    return path


def onnx(path: Path) -> Path:
    """Write the outermost message of an ONNX model: its version, its producer, an empty graph and an opset."""
    path.write_bytes(b"\x08\x08\x12\x01x\x3a\x02\x12\x00\x42\x02\x10\x11")
    return path


def test_what_opens_an_artifact_and_is_not_installed_is_named(candidate: Worker, tmp_path: Path) -> None:
    path = tmp_path / "model"
    files: dict[str, Callable[[], Path]] = {
        "onnxruntime": lambda: onnx(path),
        "skops": lambda: archive(path, "schema.json"),
        "torch": lambda: archive(path, "m/constants.pkl", "m/code/__torch__.py", "m/data.pkl"),
    }
    for module, write in files.items():
        write()
        refused = candidate.open_artifact(path)
        assert isinstance(refused, Refused)
        assert (refused.reason, refused.fatal) == (Reason.MODULE_MISSING, False), refused
        assert f"the artifact needs {module}, which is not installed" in refused.what
    for names in (["m/archive_format", "m/models/model.json"], ["serialized_exported_program.json"]):
        refused = candidate.open_artifact(archive(path, *names))
        assert isinstance(refused, Refused)
        assert "needs torch," in refused.what
        assert "torch.export" in refused.what
    refused = candidate.open_artifact(safetensors(path), factory="app:Twice")
    assert isinstance(refused, Refused)
    assert "needs torch," in refused.what


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (pickle.dumps([1, 2]), "the file holds list, which has no predict and can't be called"),
        (b"\x08\x08\x3a\x02\x12", "raised"),
        (b"\x08\x08\x12\x01x", "raised"),
        (b"garbage", "raised"),
        (struct.pack("<Q", 20) + b"{" + b" " * 30, "raised"),
    ],
)
def test_what_is_no_artifact_is_refused(candidate: Worker, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "model").write_bytes(content)
    refused = candidate.open_artifact(tmp_path / "model")
    assert isinstance(refused, Refused), refused
    assert said in refused.what
    assert not refused.fatal


def test_archives_and_paths_that_are_no_artifact(candidate: Worker, tmp_path: Path) -> None:
    said = {
        archive(tmp_path / "a", "readme"): "a zip archive of readme is no artifact",
        archive(tmp_path / "b", "m/data.pkl"): "a checkpoint of torch.save",
        tmp_path: "it is no file",
        tmp_path / "none": "there is no such file",
    }
    for path, words in said.items():
        refused = candidate.open_artifact(path)
        assert isinstance(refused, Refused)
        assert words in refused.what


def test_a_factory_and_a_device_that_an_artifact_has_no_use_for_are_refused(candidate: Worker, root: Path) -> None:
    refused = candidate.open_artifact(root / "forest.pkl", factory="app:Twice")
    assert isinstance(refused, Refused)
    assert "a factory is for safetensors" in refused.what
    refused = candidate.open_artifact(root / "forest.pkl", device="cuda")
    assert isinstance(refused, Refused)
    assert "RandomForestRegressor computes on the CPU alone, and was asked to on cuda" in refused.what


def test_nothing_is_replayed_before_something_is_open(root: Path) -> None:
    with start(sys.executable, root) as worker:
        assert isinstance(worker, Worker)
        refused = worker.replay([{"x": 1}])
        assert isinstance(refused, Refused)
        assert "no predictor has been opened" in refused.what
        (root / "service.py").write_text("def factory():\n    return lambda record: {'price': record['x']}\n")
        assert isinstance(worker.open_handler("service:factory"), Opened)
        assert told(answers(worker, [{"x": 1.5}])[0]) == {"price": ("float", (), [1.5])}


def test_a_request_that_makes_no_sense_is_an_error_here(candidate: Worker) -> None:
    with pytest.raises(ValueError, match="no records"):
        candidate.replay([])
    with pytest.raises(ValueError, match="no permutation"):
        candidate.replay([{"x": 1}, {"x": 2}], order=[0, 0])
    with pytest.raises(ValueError, match="the input 'x' holds a object"):
        candidate.replay([{"x": object()}])


def test_what_draws_at_random_is_seeded(candidate: Worker, root: Path) -> None:
    code = (
        "import random, numpy as np\ndef factory():\n    return lambda _: [random.random(), float(np.random.rand())]\n"
    )
    (root / "drawing.py").write_text(code)
    assert isinstance(candidate.open_predictor("drawing:factory"), Predictor)
    first, again, other = (told(answers(candidate, [{}], seed=seed)[0]) for seed in (1, 1, 2))
    assert first == again != other


def test_a_stand_in_for_torch_is_no_torch(root: Path) -> None:
    code = "import sys, types, numpy as np\n"
    code += "for each in ('torch', 'pandas'):\n    sys.modules[each] = types.ModuleType(each)\n"
    (root / "standing_in.py").write_text(f"{code}def factory():\n    return lambda record: np.array([record['x']])\n")
    with start(sys.executable, root) as worker:
        assert isinstance(worker, Worker)
        predictor = worker.open_predictor("standing_in:factory")
        assert isinstance(predictor, Predictor), predictor
        assert "threads" not in predictor.runtime
        assert told(answers(worker, [{"x": 1.5}])[0]) == {"output": ("float64", (1,), [1.5])}
