"""Which numbers are held against a model, and which are meant: the judgement of `artifact-integrity` on tensors."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping

import numpy as np
import pytest

from gatekeeper.artifact import read_artifact
from gatekeeper_checks.artifact_integrity.weights import judge_weights

NAN, INF = float("nan"), float("inf")
NODES = np.dtype([("left", "<i8"), ("threshold", "<f8"), ("gain", "<f4")])


def nodes(**values: float) -> np.ndarray:
    array = np.zeros(3, dtype=NODES)
    for field, value in values.items():
        array[field][1] = value
    return array


def codes(tensors: Mapping[str, object], *meant: str) -> list[str]:
    artifact = read_artifact(io.BytesIO(pickle.dumps(tensors)))
    return [each.code.partition("/")[2] for each in judge_weights(artifact, "model.pkl", meant)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("coef_", np.array([1.0, NAN])),
        ("weight", np.array([INF], dtype="f4")),
        ("nodes", nodes(threshold=NAN)),
        ("nodes", nodes(gain=INF)),
        ("threshold", np.array([INF])),
        ("categories_", np.array([NAN])),
        ("attn_mask", np.array([NAN])),
        ("statistics_", np.array([INF])),
        ("my_fit_X", np.array([NAN])),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_number_is_held_against_the_model(name: str, value: np.ndarray) -> None:
    assert codes({name: value}) == ["not-finite"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nodes", nodes(threshold=INF)),
        ("categories_", [np.array([1.0, NAN])]),
        ("statistics_", np.array([NAN])),
        ("_min_value", np.array([-INF])),
        ("reachability_", np.array([INF])),
        ("cv_results_", {"mean_test_score": np.array([NAN, -INF])}),
        ("attn_mask", np.array([[0.0, -INF]])),
        ("_fit_X", np.array([NAN])),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_libraries_write_on_purpose_is_let_pass(name: str, value: object) -> None:
    assert codes({name: value}) == []
    assert codes({"steps": [("impute", {name: value})]}) == []


def test_the_policy_names_what_is_meant_exactly_or_by_a_pattern() -> None:
    tensors = {"decoder": {"bias": np.array([NAN])}, "head": {"bias": np.array([NAN])}}

    assert codes(tensors) == ["not-finite"] * 2
    assert codes(tensors, "decoder.bias") == ["not-finite"]
    assert codes(tensors, "*.bias") == []
    assert codes({"rows[0]": np.array([NAN])}, "rows[0]") == []


def test_many_tensors_are_ten_findings_and_a_summary() -> None:
    assert codes({f"w{index}": np.array([NAN]) for index in range(50)}) == ["not-finite"] * 11


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.zeros((8, 8)), True),
        (np.full((8, 8), 0.25), True),
        (np.full((8, 8), 1e-310), True),
        (np.zeros(64), False),
        (np.zeros((8, 7)), False),
        (np.zeros((8, 8), dtype="i8"), False),
        (np.eye(8), False),
    ],
)
def test_a_tensor_that_says_nothing_is_a_note(value: np.ndarray, told: bool) -> None:
    assert ("degenerate-weights" in codes({"weight": value})) is told
