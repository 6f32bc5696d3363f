"""The table of what breaks, held against what was measured."""

import json
import re
from pathlib import Path

import pytest

from gatekeeper.environment.breaks import TRANSITIONS, Break, Transition, consequences

MEASURED = json.loads((Path(__file__).parent.parent / "examples" / "breaks_measured.json").read_text())


def broken(library: str, trained: str, served: str, when: str) -> set[str]:
    return {name for each in consequences(library, trained, served) if each.when == when for name in each.classes}


def test_the_incident() -> None:
    assert broken("scikit-learn", "1.4.2", "1.3.0", "predict") == {
        "GradientBoostingRegressor",
        "GradientBoostingClassifier",
        "HistGradientBoostingRegressor",
        "HistGradientBoostingClassifier",
        "ColumnTransformer",
    }
    assert broken("scikit-learn", "1.4.2", "1.3.0", "load") == set()
    assert "Series.case_when" in broken("pandas", "2.2.1", "2.1.4", "call")


def test_the_other_direction_breaks_other_classes_and_earlier() -> None:
    assert broken("scikit-learn", "1.3.0", "1.4.2", "load") == {
        "GradientBoostingRegressor",
        "GradientBoostingClassifier",
    }
    assert "RandomForestClassifier" in broken("scikit-learn", "1.3.0", "1.4.2", "predict")


def test_a_range_is_as_wide_as_its_cause_is_known() -> None:
    assert "GradientBoostingRegressor" in broken("scikit-learn", "1.4.0", "1.3.2", "predict")
    assert "HistGradientBoostingRegressor" not in broken("scikit-learn", "1.4.0", "1.3.2", "predict")


@pytest.mark.parametrize(
    ("library", "trained", "served"),
    [
        ("scikit-learn", "1.4.2", "1.4.0"),
        ("scikit-learn", "1.4.2", "1.2.2"),
        ("pandas", "2.2.1", "2.1.3"),
        ("six", "1", "2"),
    ],
)
def test_of_what_was_not_measured_nothing_is_said(library: str, trained: str, served: str) -> None:
    assert consequences(library, trained, served) == ()


def measured(transition: Transition, name: str) -> list[dict[str, str]]:
    """Return what was measured of one class on pairs of versions that the transition covers."""
    return [
        each
        for each in MEASURED["served"]
        if (each["trained"], each["served"]) in (("1.4.2", "1.3.0"), ("1.3.0", "1.4.2"))
        and consequences(transition.library, each["trained"], each["served"])
        and transition.breaks[0] in consequences(transition.library, each["trained"], each["served"])
        and re.match(rf"{re.escape(name)}($|\()", each["object"])
    ]


SCIKIT_LEARN = [
    pytest.param(transition, each, name, id=f"{name} {transition.trained} {transition.served}")
    for transition in TRANSITIONS
    if transition.library == "scikit-learn"
    for each in transition.breaks
    for name in each.classes
]


@pytest.mark.parametrize(("transition", "each", "name"), SCIKIT_LEARN)
def test_every_row_on_scikit_learn_was_measured(transition: Transition, each: Break, name: str) -> None:
    found = measured(transition, name)
    assert found
    for one in found:
        exception, _, message = each.message.partition(": ")
        assert one["exception"] == exception
        assert message in one["message"]
        assert ("load" if one["when"] == "load" else "predict") == each.when


def test_every_error_of_pandas_was_measured() -> None:
    errors = {f"{one['exception']}: {one['message']}" for one in MEASURED["pandas"] if "exception" in one}
    (transition,) = (each for each in TRANSITIONS if each.library == "pandas")
    raised = [each.message for each in transition.breaks if not each.message.startswith("no error")]
    assert raised
    assert all(any(error.startswith(message) for error in errors) for message in raised)
