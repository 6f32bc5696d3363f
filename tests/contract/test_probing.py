"""Looking for a record that breaks a promise: what uniform records and corners miss, and the smallest that shows it."""

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.contract.manifest.domain import Due, due
from gatekeeper.contract.manifest.facts import Input
from gatekeeper.contract.probing.search import Answered, Budget, Probe, number, probe
from gatekeeper.contract.probing.shrinking import shrink
from gatekeeper.contract.probing.space import Record, axes, corners, scattered, strange, usual

INPUTS = {
    "region": Input(kind="category", vocabulary=("east", "north", "south", "west"), unknown="reject"),
    "cost": Input(kind="number", min=1.0, max=500.0),
    "units": Input(kind="integer", min=1, max=24, missing="default", default=6),
    "express": Input(kind="boolean"),
}
SPACE = axes(INPUTS, None)


def asking(model: Callable[[Record], float]) -> Callable[[Sequence[Record]], list[Answered]]:
    return lambda records: [Answered(value=model(record)) for record in records]


def ends(found: Probe) -> tuple[float, float]:
    assert found.lowest
    assert found.highest
    return number(found.lowest.answer), number(found.highest.answer)


def hidden(record: Record) -> float:
    """A price with a hole in the middle of the domain: no corner shows it."""
    cost, units = record["cost"], record["units"]
    assert isinstance(cost, float | int)
    assert isinstance(units, int)
    return cost - 60.0 * (record["region"] == "south") * (11 <= units <= 13) * (cost < 60)


def test_the_climb_finds_what_the_corners_miss() -> None:
    corner = [hidden(record) for record in corners(SPACE, 1024)]
    drawn = [hidden(record) for record in scattered(SPACE, 512)]
    found = probe(SPACE, asking(hidden), [usual(SPACE), *corners(SPACE, 64), *scattered(SPACE, 512)])
    assert min(corner) >= 0
    assert min(drawn) > -59
    assert list(ends(found)) == [-59.0, 500.0]
    assert found.calls <= 40


def test_every_record_that_is_tried_is_of_the_domain() -> None:
    asked: list[Record] = []

    def ask(records: Sequence[Record]) -> list[Answered]:
        asked.extend(records)
        return [Answered(value=hidden(record)) for record in records]

    probe(SPACE, ask, [usual(SPACE), *corners(SPACE, 64), *scattered(SPACE, 64)])
    assert len(asked) > 300
    assert {due(INPUTS[name], value) for record in asked for name, value in record.items()} == {Due.ACCEPT}


def test_the_same_is_asked_every_time() -> None:
    first, second = [list(scattered(SPACE, 50)) + list(corners(SPACE, 20)) for _ in range(2)]
    assert first == second


def test_a_budget_is_kept() -> None:
    found = probe(SPACE, asking(hidden), scattered(SPACE, 5000), Budget(calls=3, records=700, climbers=4))
    assert found.calls <= 3
    assert found.asked <= 700


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_an_answer_that_is_no_number_is_no_extreme_and_is_kept(bad: float) -> None:
    found = probe(SPACE, asking(lambda record: bad if record["express"] else 5.0), corners(SPACE, 64))
    assert ends(found) == (5.0, 5.0)
    assert found.broken
    assert all(each.record["express"] for each in found.broken)


def test_failures_and_refusals_are_counted_apart() -> None:
    def ask(records: Sequence[Record]) -> list[Answered]:
        return [Answered(failed="KeyError") if r["express"] else Answered(refused="status 422") for r in records]

    found = probe(SPACE, ask, corners(SPACE, 64))
    assert (found.answered, found.refused, len(found.failed)) == (0, 16, 16)
    assert found.lowest is None


def test_what_is_strange_covers_every_input_and_no_domain_holds_it() -> None:
    tried = list(strange(SPACE))
    assert {each.input for each in tried} == {*INPUTS, ""}
    ways = {each.way for each in tried}
    assert {
        "absent",
        "null",
        "NaN",
        "infinity",
        "a truth value",
        "an unknown category",
        "just above the domain",
    } <= ways
    accepted = [
        each for each in tried if each.input and due(INPUTS[each.input], each.record.get(each.input)) is Due.ACCEPT
    ]
    assert {each.way for each in accepted} <= {"a list"} | {"-1", "-0.0"}


def test_the_smallest_record_differs_in_what_matters_alone() -> None:
    base = usual(SPACE)
    broken: Record = {"region": "south", "cost": 17.123456789, "units": 12, "express": True}
    small = shrink(broken, base, lambda records: [hidden(record) < 0 for record in records])
    assert small == {"region": "south", "cost": 17.0, "units": 12, "express": base["express"]}


def test_an_input_that_there_is_not_is_taken_away() -> None:
    broken: Record = {**usual(SPACE), "more": 1, "cost": 2.0}
    assert shrink(broken, usual(SPACE), lambda records: [r["cost"] == 2.0 for r in records]) == {
        **usual(SPACE),
        "cost": 2.0,
    }


@given(cost=st.floats(1.0, 500.0), units=st.integers(1, 24), region=st.sampled_from(["south", "east"]))
def test_what_is_shrunk_still_breaks_the_promise(cost: float, units: int, region: str) -> None:
    def breaks(records: Sequence[Record]) -> list[bool]:
        return [hidden(record) <= hidden(broken) for record in records]

    broken: Record = {"region": region, "cost": cost, "units": units, "express": False}
    assert breaks([shrink(broken, usual(SPACE), breaks)]) == [True]
