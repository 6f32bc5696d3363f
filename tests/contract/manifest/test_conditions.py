"""The closed vocabulary: what each operator says of each value, and the laws of `all`, `any` and `not`."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.contract.manifest.conditions import Formula, Op, exceeds, formula, trips
from gatekeeper.contract.manifest.conditions import Test as Compared
from gatekeeper.contract.manifest.conditions import tests as parts_of
from gatekeeper.contract.manifest.facts import Condition

BAD: list[Any] = [None, math.nan, math.inf, -math.inf, ""]
NUMERIC = {"above": 3, "below": 3, "outside": (1, 3)}


def condition(op: str, value: Any = None, **more: Any) -> Condition:
    return Condition(feature="x", op=op, value=value, **more)


def tripped(when: Condition, value: Any) -> bool:
    return trips(formula(when), {"x": value})


@pytest.mark.parametrize(
    ("op", "value", "safe", "bad"),
    [
        ("above", 3, [3, 2, -1e300, -0.0], [3.0000000000000004, 4, 10**400]),
        ("below", 3, [3, 4, 10**400], [2.9999999999999996, 0, -1]),
        ("outside", (1, 3), [1, 2, 3], [0.999, 3.001, -5]),
        ("equal", -1, [0, 1, -1.0000001], [-1, -1.0]),
        ("equal", "x", ["y", "X"], ["x"]),
        ("equal", True, [False], [True]),
        ("one-of", ("a", "b"), ["c"], ["a", "b"]),
        ("one-of", (1, 2), [3], [1, 2.0]),
        ("not-one-of", ("a", "b"), ["a", "b"], ["c"]),
        ("missing", None, [0, "a", False, -1], [None, "", math.nan]),
    ],
)
def test_an_operator_trips_unless_the_value_is_surely_safe(
    op: str, value: Any, safe: list[Any], bad: list[Any]
) -> None:
    assert [each for each in safe if tripped(condition(op, value), each)] == []
    assert [each for each in bad if not tripped(condition(op, value), each)] == []
    opposite = Condition(not_=condition(op, value))
    assert [each for each in safe if not tripped(opposite, each)] == []
    assert [each for each in bad if tripped(opposite, each)] == []


@pytest.mark.parametrize("op", [each for each in Op if not each.windowed and each is not Op.MISSING])
@pytest.mark.parametrize("value", BAD)
def test_what_cant_be_compared_trips_every_operator_and_its_opposite(op: Op, value: Any) -> None:
    compared = NUMERIC.get(op.value, ("a",) if op in {Op.ONE_OF, Op.NOT_ONE_OF} else "a")
    assert tripped(condition(op.value, compared), value)
    assert tripped(Condition(not_=condition(op.value, compared)), value)


@pytest.mark.parametrize(("compared", "value"), [(3, True), (3, "3"), (True, 1), ("a", 1), (1, False)])
def test_a_value_of_another_type_cant_be_compared(compared: Any, value: Any) -> None:
    assert tripped(condition("equal", compared), value)
    assert tripped(Condition(not_=condition("equal", compared)), value)


def test_an_absent_input_is_a_missing_one() -> None:
    assert trips(formula(condition("missing")), {})
    assert not trips(formula(Condition(not_=condition("missing"))), {})


@pytest.mark.parametrize(
    ("share", "opposite", "expected"),
    [
        (0.05, False, False),
        (0.0500001, False, True),
        (math.nan, False, True),
        (None, False, False),
        (0.05, True, True),
        (0.0500001, True, False),
        (math.nan, True, True),
        (None, True, False),
    ],
)
def test_a_share_trips_beyond_its_limit_and_holds_still_without_records(
    share: float | None, opposite: bool, expected: bool
) -> None:
    test = Compared(feature="x", op=Op.MISSING_RATE, values=(0.05,), opposite=opposite, window=300)
    assert exceeds(share, test) is expected


values = st.one_of(st.integers(-5, 5), st.floats(), st.sampled_from(["a", "b", ""]), st.none(), st.booleans())
leaves = st.one_of(
    st.builds(
        lambda f, op, v: Condition(feature=f, op=op, value=v),
        st.sampled_from("xy"),
        st.sampled_from(["above", "below"]),
        st.integers(-3, 3),
    ),
    st.builds(lambda f, v: Condition(feature=f, op="one-of", value=(v,)), st.sampled_from("xy"), st.sampled_from("ab")),
    st.builds(lambda f: Condition(feature=f, op="missing"), st.sampled_from("xy")),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda parts: Condition(all=tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: Condition(any=tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: Condition(not_=part), inner),
    ),
    max_leaves=6,
)
records = st.fixed_dictionaries({"x": values, "y": values})


def kleene(when: Condition, record: dict[str, Any]) -> bool | None:
    """Three-valued logic, written independently: None is unknown."""
    if when.not_ is not None:
        inner = kleene(when.not_, record)
        return None if inner is None else not inner
    if when.all or when.any:
        parts = [kleene(each, record) for each in when.all or when.any]
        decisive = bool(when.any)
        return decisive if decisive in parts else None if None in parts else not decisive
    value: Any = record.get(when.feature or "")
    absent = value is None or value == "" or (isinstance(value, float) and math.isnan(value))
    if when.op == "missing":
        return absent
    wanted: Any = when.value[0] if isinstance(when.value, tuple) else when.value
    if absent or (isinstance(value, float) and math.isinf(value)):
        return None
    if isinstance(value, bool) or isinstance(value, str) is not isinstance(wanted, str):
        return None
    said: bool = {"above": lambda: value > wanted, "below": lambda: value < wanted, "one-of": lambda: value == wanted}[
        when.op or ""
    ]()
    return said


@given(when=conditions, record=records)
def test_a_formula_is_kleenes_logic_with_unknown_counted_as_a_trip(when: Condition, record: dict[str, Any]) -> None:
    assert trips(formula(when), record) is (kleene(when, record) is not False)


@given(when=conditions)
def test_not_moves_down_to_the_operators(when: Condition) -> None:
    def holds_no_not(of: Formula) -> bool:
        return isinstance(of, Compared) or all(map(holds_no_not, of.parts))

    assert holds_no_not(formula(when))
    assert formula(Condition(not_=Condition(not_=when))) == formula(when)
    assert list(parts_of(formula(when)))
