"""What is read out of real model files is what their own loaders saw; `make_corpus.py` says how that was found out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.artifact import Artifact, Estimator, Format, LibraryVersion, read_artifact

NEWEST = "sklearn-1.9.1"


def facts(path: Path) -> Artifact:
    with path.open("rb") as stream:
        return read_artifact(stream)


def test_facts_are_what_the_loader_saw(model_file: Path, truth: dict[str, Any]) -> None:
    artifact = facts(model_file)

    assert artifact.format == truth["format"]
    assert artifact.compression == truth["compression"]
    assert sorted([ref.module, ref.name] for ref in artifact.globals) == sorted(truth["globals"])
    assert sorted([e.module, e.name, e.version, e.count] for e in artifact.estimators) == truth["estimators"]
    assert (artifact.arrays, artifact.array_bytes, artifact.nested) == (
        truth["arrays"],
        truth["array_bytes"],
        truth["nested"],
    )


def test_every_version_is_counted_once_for_each_estimator_that_carries_it(
    model_file: Path, truth: dict[str, Any]
) -> None:
    artifact = facts(model_file)

    by_estimator: dict[str, int] = {}
    for _, _, version, count in truth["estimators"]:
        by_estimator[version] = by_estimator.get(version, 0) + count
    assert {version.version: version.count for version in artifact.versions} == by_estimator


def test_offsets_point_at_the_opcode_that_names_the_global(model_file: Path, truth: dict[str, Any]) -> None:
    artifact = facts(model_file)
    content = model_file.read_bytes()

    assert artifact.compression == truth["compression"]
    if artifact.compression is None:
        assert artifact.size == len(content)
        assert {content[ref.offset : ref.offset + 1] for ref in artifact.globals} <= {b"c", b"\x93"}
        assert all(content[version.offset : version.offset + 1] == b"b" for version in artifact.versions)


def test_facts_survive_msgpack(model_file: Path, truth: dict[str, Any]) -> None:
    artifact = facts(model_file)

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(artifact), type=Artifact) == artifact
    assert artifact.format == truth["format"]


@pytest.mark.parametrize("protocol", range(6))
def test_the_declared_protocol_is_told_and_0_where_there_is_none(corpus: Path, protocol: int) -> None:
    artifact = facts(corpus / NEWEST / f"logistic.proto{protocol}.pkl")

    assert artifact.protocol == (protocol if protocol >= 2 else 0)
    assert artifact.versions[0].version == "1.9.1"


def test_versions_that_differ_within_one_file_are_all_told_with_their_estimators(corpus: Path) -> None:
    artifact = facts(corpus / NEWEST / "mixed.joblib")

    assert [(version.version, version.count) for version in artifact.versions] == [("1.9.1", 1), ("1.3.0", 2)]
    assert artifact.estimators[1] == Estimator(
        module="sklearn.linear_model._base", name="LinearRegression", version="1.3.0", count=2
    )


@pytest.mark.parametrize("name", ["decoys.joblib", "decoys.pkl", "frame.joblib"])
def test_data_that_looks_like_a_version_is_none(corpus: Path, name: str) -> None:
    artifact = facts(corpus / NEWEST / name)

    assert [version.version for version in artifact.versions] == ["1.9.1"]


def test_a_pipeline_tells_its_estimators_through_arrays_of_objects(corpus: Path) -> None:
    artifact = facts(corpus / "sklearn-1.4.2" / "pipeline.joblib")

    assert artifact.format is Format.JOBLIB
    assert artifact.nested > 0
    assert {estimator.name: estimator.count for estimator in artifact.estimators} == {
        "Pipeline": 1,
        "ColumnTransformer": 1,
        "OneHotEncoder": 2,
        "StandardScaler": 2,
        "GradientBoostingRegressor": 1,
        "DecisionTreeRegressor": 4,
        "DummyRegressor": 1,
        "FunctionTransformer": 1,
    }
    assert artifact.versions == (
        LibraryVersion(library="scikit-learn", version="1.4.2", count=13, offset=artifact.versions[0].offset),
    )


@pytest.mark.parametrize("name", ["command_after_array.joblib", "command_after_array.zlib.joblib"])
def test_a_command_after_an_array_is_among_the_globals_with_its_offset(corpus: Path, name: str) -> None:
    artifact = facts(corpus / NEWEST / name)

    command = artifact.globals[-1]
    assert (command.module, command.name) == ("posix", "system")
    assert command.offset > artifact.array_bytes
