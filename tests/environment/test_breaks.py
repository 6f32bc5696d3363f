"""The table of what breaks, held against what was measured."""

import json
from pathlib import Path

import pytest

from gatekeeper.environment.breaks import TRANSITIONS, Break, Transition, consequences

MEASURED = json.loads((Path(__file__).parent.parent / "examples" / "breaks_measured.json").read_text())

MEASURED_TORCH = json.loads((Path(__file__).parent.parent / "examples" / "torch_measured.json").read_text())["served"]


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


def versions_of(library: str, stack: str) -> str:
    """Return the version of a library in a stack, which is called by its scikit-learn."""
    return next(str(each[library]) for each in MEASURED["stacks"] if each["stack"] == stack)


def measured(transition: Transition, each: Break, name: str) -> list[dict[str, str]]:
    """Return what was measured of one class on pairs of stacks that the row covers."""
    library = transition.library
    return [
        one
        for one in MEASURED["served"]
        if each in consequences(library, versions_of(library, one["trained"]), versions_of(library, one["served"]))
        and (one["object"] == name or one["object"].startswith(f"{name}("))
    ]


ON_LOADED_OBJECTS = [
    pytest.param(transition, each, name, id=f"{name} {transition.library} {transition.trained} {transition.served}")
    for transition in TRANSITIONS
    for each in transition.breaks
    for name in each.classes
    if each.when != "call" and transition.library != "torch"
]


@pytest.mark.parametrize(("transition", "each", "name"), ON_LOADED_OBJECTS)
def test_every_row_on_what_is_loaded_was_measured(transition: Transition, each: Break, name: str) -> None:
    found = measured(transition, each, name)
    assert found
    for one in found:
        if each.message.startswith("no error"):
            assert (one["when"], one["output"]) == ("never", "differs")
            continue
        exception, _, message = each.message.partition(": ")
        assert one["exception"] == exception
        assert message in one["message"]
        assert ("load" if one["when"] == "load" else "predict") == each.when


def test_everything_that_was_measured_to_break_is_in_the_table() -> None:
    """Also what is silent; a pipeline breaks by its steps, which are in the table by themselves."""
    broken = [one for one in MEASURED["served"] if one["when"] != "never" or one["output"] != "equal"]
    covered = {
        (one["trained"], one["served"], one["object"])
        for transition in TRANSITIONS
        if transition.library != "torch"
        for each in transition.breaks
        for name in each.classes
        for one in measured(transition, each, name)
    }
    assert broken
    assert [one["object"] for one in broken if (one["trained"], one["served"], one["object"]) not in covered] == [
        one["object"] for one in broken if one["object"].startswith("Pipeline(")
    ]


def test_the_silent_break_says_what_comes_out() -> None:
    (silent,) = (each for each in consequences("scikit-learn", "1.3.0", "1.9.1") if each.message.startswith("no error"))
    assert silent.classes == ("DecisionTreeClassifier", "RandomForestClassifier")
    (tree,) = (
        one
        for one in MEASURED["served"]
        if (one["trained"], one["served"], one["object"]) == ("1.3.0", "1.9.1", "DecisionTreeClassifier")
    )
    assert tree["example"] == {"trained": 1.0, "served": 93.0}


def test_every_error_of_pandas_was_measured() -> None:
    errors = {f"{one['exception']}: {one['message']}" for one in MEASURED["pandas"] if "exception" in one}
    calls = [
        each
        for transition in TRANSITIONS
        if transition.library == "pandas"
        for each in transition.breaks
        if each.when == "call"
    ]
    raised = [each.message for each in calls if not each.message.startswith("no error")]
    assert raised
    assert all(any(error.startswith(message) for error in errors) for message in raised)


def test_of_torch_the_table_says_what_was_measured_and_nothing_else() -> None:
    """An exported program breaks whatever is in it; a call that is not there has the words of its own module."""
    told = {
        (transition.trained, transition.served, name, each.when, each.message.partition(":")[0])
        for transition in TRANSITIONS
        if transition.library == "torch"
        for each in transition.breaks
        for name in each.classes
    }
    broken_ = [one for one in MEASURED_TORCH if one["when"] != "never" or one["output"] != "equal"]
    assert told == {
        (
            f"=={one['trained']}",
            f"=={one['served']}",
            one.get("call") or one["object"].partition("(")[0],
            one["when"],
            one["exception"],
        )
        for one in broken_
    }
    messages = {
        each.message.partition(": ")[2]
        for transition in TRANSITIONS
        if transition.library == "torch"
        for each in transition.breaks
    } - {"the module has no such attribute"}
    assert all(any(message in one["message"] for one in broken_) for message in messages)


def test_of_torch_more_was_measured_than_breaks() -> None:
    kept = {one["object"] for one in MEASURED_TORCH if one["when"] == "never" and "object" in one}
    assert {"state_dict(Linear)", "module(LSTM)", "torch.jit.trace(TransformerEncoderLayer)", "tensor"} <= kept
