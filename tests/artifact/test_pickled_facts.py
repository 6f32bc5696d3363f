"""What the pickle machine tells beside the globals: calls, states, names, and the numbers of every array."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import zlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import numpy as np
import pytest

from gatekeeper.artifact import Artifact, examine, read_artifact
from gatekeeper.artifact.facts import Tensor
from gatekeeper.artifact.pickles import ledger as ledgers

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
CODECS: dict[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lz4": lz4.frame.compress,
}
COMMAND = b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x0aecho hello\x85R."


def facts(content: bytes) -> Artifact:
    return read_artifact(io.BytesIO(content))


def facts_of(path: Path) -> Artifact:
    with path.open("rb") as stream:
        return read_artifact(stream)


def by_name(artifact: Artifact) -> dict[str, Tensor]:
    return {each.name: each for each in artifact.tensors}


def with_nan(size: int) -> np.ndarray:
    array = np.arange(size, dtype=np.float64)
    array[size // 3] = np.nan
    return array


# Numbers


@pytest.mark.parametrize("size", [30, 40_000])
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_nan_is_found_in_every_protocol_and_codec(protocol: int, codec: str, size: int) -> None:
    weights = {
        "few": with_nan(size),
        "more": np.asfortranarray(with_nan(size).reshape(2, -1)),
        "f4": np.ones(size, "f4"),
    }
    found = by_name(facts(CODECS[codec](pickle.dumps(weights, protocol))))

    assert {name: each.statistics[0].nan for name, each in found.items()} == {"few": 1, "more": 1, "f4": 0}
    assert found["few"].statistics[0].first == size // 3
    assert found["few"].statistics[0].maximum == size - 1
    assert found["f4"].statistics[0].constant


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", ["<f2", ">f4", "<f8", "<i2", "<u8", "?", "<c8"])
def test_every_kind_of_number_has_a_range(kind: str, protocol: int) -> None:
    values = np.array([0, 1, 1, 0], dtype=kind)
    (found,) = facts(pickle.dumps(values, protocol)).tensors

    assert (found.statistics[0].minimum, found.statistics[0].maximum) == (0, 1)
    assert found.shape == (4,)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_offset_is_where_the_bytes_lie(protocol: int) -> None:
    content = pickle.dumps(np.array([7.5] * 4), protocol)
    (found,) = facts(content).tensors

    if protocol > 2:  # earlier ones write bytes as text
        assert content[found.offset : found.offset + found.size] == np.array([7.5] * 4).tobytes()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_scalar_of_numpy_is_a_tensor_without_dimensions(protocol: int) -> None:
    found = by_name(facts(pickle.dumps({"intercept_": np.float64("nan"), "count": np.int64(3)}, protocol)))

    assert found["intercept_"].shape == ()
    assert found["intercept_"].statistics[0].nan == 1
    assert "count" not in found  # an integer is never NaN


def test_arrays_without_elements_and_without_dimensions() -> None:
    found = by_name(facts(pickle.dumps({"none": np.zeros((0, 3)), "scalar": np.array(2.5)})))

    assert (found["none"].shape, found["none"].statistics[0].count) == ((0, 3), 0)
    assert (found["scalar"].shape, found["scalar"].statistics[0].minimum) == ((), 2.5)


def test_records_are_counted_by_their_fields_of_floats() -> None:
    nodes = np.zeros(3, dtype=[("left", "<i8"), ("threshold", "<f8"), ("values", "<f4", (2,))])
    nodes["threshold"][2] = np.inf
    (found,) = facts(pickle.dumps(nodes)).tensors

    assert [(each.field, each.count, each.infinite) for each in found.statistics] == [
        ("threshold", 3, 1),
        ("values", 6, 0),
    ]


def test_a_tensor_has_the_path_by_which_its_owner_reaches_it() -> None:
    nested = {"layers": [{"w": np.ones(2)}, {"w": np.ones(2)}], "steps": [("clf", OrderedDict(coef=np.ones(1)))]}

    assert list(by_name(facts(pickle.dumps(nested)))) == ["layers[0].w", "layers[1].w", "steps[clf].coef"]


def test_a_deep_place_is_shown_by_its_end() -> None:
    value: object = np.ones(1)
    for _ in range(40):
        value = [value]
    (found,) = facts(pickle.dumps(value)).tensors

    assert found.name == "..." + "[0]" * 16


def test_an_array_that_is_used_twice_is_one_tensor() -> None:
    shared = np.ones(3)

    assert list(by_name(facts(pickle.dumps({"a": shared, "b": shared})))) == ["a"]


def test_bytes_that_are_fewer_than_the_shape_asks_for_are_no_array() -> None:
    content = pickle.dumps(np.ones(4), 4).replace(b"K\x04\x85", b"K\x05\x85")

    assert examine(io.BytesIO(content)).incomplete is not None


def test_tensors_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "MAX_TENSORS", 3)
    incomplete = examine(io.BytesIO(pickle.dumps([np.ones(1) for _ in range(4)]))).incomplete

    assert incomplete is not None
    assert "more than 3 tensors" in incomplete.what


# What loading would execute


def test_a_call_is_told_with_its_place_and_its_arguments() -> None:
    (call,) = facts(COMMAND).calls

    assert (str(call), call.count, call.arguments) == ("posix.system", 1, "'echo hello'")
    assert COMMAND[call.offset : call.offset + 1] == b"R"


def test_calls_of_one_global_are_counted() -> None:
    calls = {str(each): each.count for each in facts(pickle.dumps([{1j}, 2j, 3j])).calls}

    assert calls == {"builtins.complex": 3}


def test_what_runs_before_the_stream_breaks_is_told() -> None:
    artifact = examine(io.BytesIO(COMMAND[:-1] + b"\xff"))

    assert [str(each) for each in artifact.calls] == ["posix.system"]
    assert artifact.incomplete is not None
    assert "no such opcode" in artifact.incomplete.what


def test_a_call_of_something_made_while_loading_is_not_followed() -> None:
    content = b"\x80\x04\x8c\x08builtins\x8c\x07getattr\x93N\x8c\x01x\x86R)R."
    artifact = examine(io.BytesIO(content))

    assert [each.module for each in artifact.calls] == ["builtins", ""]
    assert artifact.incomplete is not None


def test_an_attribute_whose_name_is_computed_is_not_followed() -> None:
    hidden = b"\x8c\x08builtins\x8c\x03str\x93\x8c\x09__class__\x85R"
    content = b"\x80\x04\x8c\x01m\x8c\x01C\x93)\x81}" + hidden + b"Nsb."
    incomplete = examine(io.BytesIO(content)).incomplete

    assert incomplete is not None
    assert "whose name is computed" in incomplete.what
    assert facts(content.replace(hidden, b"K\x07")).incomplete is None  # a number names no attribute


# What the objects say of themselves


def test_names_and_categories_are_read_from_a_real_pipeline(corpus: Path) -> None:
    found = {
        (each.owner.rpartition(".")[2], each.attribute): each.values
        for each in facts_of(corpus / "sklearn-1.9.1" / "pipeline.joblib").vocabularies
    }

    assert found["ColumnTransformer", "feature_names_in_"] == ("region", "power", "age")
    assert found["OneHotEncoder", "categories_[0]"] == ("east", "north", "south")


@pytest.mark.parametrize("stack", ["sklearn-1.4.2", "sklearn-1.9.1"])
@pytest.mark.parametrize("name", [*(f"logistic.proto{each}.pkl" for each in range(6)), "logistic.joblib"])
def test_classes_and_features_do_not_depend_on_the_protocol(corpus: Path, stack: str, name: str) -> None:
    found = {each.attribute: each.values for each in facts_of(corpus / stack / name).vocabularies}

    assert found == {"feature_names_in_": ("power", "age"), "classes_": ("east", "north", "south")}


def test_a_vocabulary_of_numbers_and_of_text_of_fixed_width() -> None:
    class_ = b"\x80\x04\x8c\x01m\x8c\x01C\x93)\x81}(\x8c\x08classes_"
    for array, shown in (
        (np.array([1, 2]), ("1", "2")),
        (np.array(["a", "b\u00e9"]), ("a", "b\u00e9")),
        (np.array([b"x"]), ("b'x'",)),
        (np.array([True]), ("True",)),
    ):
        content = class_ + pickle.dumps(array, 3)[2:-1] + b"ub."
        assert facts(content).vocabularies[0].values == shown


def test_a_long_vocabulary_is_counted_and_its_beginning_kept() -> None:
    names = np.array([f"feature {index}" for index in range(5000)], dtype=object)
    content = b"\x80\x04\x8c\x01m\x8c\x01C\x93)\x81}(\x8c\x11feature_names_in_" + pickle.dumps(names, 3)[2:-1] + b"ub."
    (found,) = facts(content).vocabularies

    assert (found.count, len(found.values), found.values[0]) == (5000, 1000, "feature 0")


def test_the_state_of_an_object_says_what_each_attribute_is(corpus: Path) -> None:
    artifact = facts_of(corpus / "sklearn-1.9.1" / "logistic.joblib")
    (state,) = [each for each in artifact.states if each.name == "LogisticRegression"]
    attributes = {each.name: (each.kind, each.type, each.text) for each in state.attributes}

    assert attributes["coef_"] == ("array", "", "float64")
    assert attributes["dual"] == ("bool", "", "False")
    assert attributes["class_weight"] == ("none", "", "")
    assert attributes["_sklearn_version"] == ("str", "", "1.9.1")
    assert state.count == 1


def test_equal_states_are_counted_together(corpus: Path) -> None:
    trees = [each for each in facts_of(corpus / "sklearn-1.9.1" / "pipeline.joblib").states if each.name == "Tree"]

    assert [each.count for each in trees] == [4]


@pytest.mark.parametrize(("stack", "specifier"), [("sklearn-1.4.2", "<2"), ("sklearn-1.9.1", ">=2")])
def test_the_major_version_of_numpy_is_bounded_by_its_private_names(corpus: Path, stack: str, specifier: str) -> None:
    bounds = {each.library: each.specifier for each in facts_of(corpus / stack / "pipeline.pkl").bounds}

    assert bounds["numpy"] == specifier


@pytest.mark.parametrize(("stack", "specifier"), [("sklearn-1.4.2", "<3"), ("sklearn-1.9.1", ">=3")])
def test_the_major_version_of_pandas_is_bounded_by_its_public_names(corpus: Path, stack: str, specifier: str) -> None:
    bounds = {each.library: each.specifier for each in facts_of(corpus / stack / "frame.joblib").bounds}

    assert bounds["pandas"] == specifier
