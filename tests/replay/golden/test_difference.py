"""What changes when a golden set is recorded anew."""

from __future__ import annotations

import math
from collections.abc import Callable

from gatekeeper.replay.golden.describing import recorded
from gatekeeper.replay.golden.difference import difference, lines, previous
from gatekeeper.replay.golden.facts import Golden, Record
from gatekeeper.replay.observed import Answer, Value
from gatekeeper.replay.outcomes import Fault

Ask = Callable[..., Answer]


def anew(golden: Golden, *answers: Answer) -> tuple[Record, ...]:
    return recorded([(each.inputs, each.why) for each in golden.records], answers)


def test_the_same_answers_are_no_difference(golden: Callable[..., Golden], answer: Ask) -> None:
    old = golden(1.0, math.nan)
    found = difference(old, anew(old, answer(price=1.0), answer(price=math.nan)))
    assert found.count == 0
    assert lines(found) == ("the answers to all 2 records are the same",)
    said = previous(found, file="records.x.jsonl", sha256="sha256:1", reason="none")
    assert (said.changed, said.largest) == (0, {})


def test_what_changed_is_counted_by_record_and_output(golden: Callable[..., Golden], answer: Ask) -> None:
    old = golden(10.0, 20.0, 30.0)
    found = difference(old, anew(old, answer(price=10.0001), answer(price=22.0), answer(price=30.0)))
    assert found.changed == ("r001", "r002")
    (price,) = found.outputs
    assert (price.above, price.worst_record) == (1, "r002")
    said = previous(found, file="records.x.jsonl", sha256="sha256:1", reason="new data")
    assert (said.changed, said.largest, said.reason) == (2, {"price": 0.1}, "new data")
    assert lines(found) == (
        "2 of 3 records have another answer: r001, r002",
        "price: 2 records, 1 beyond the tolerance; the most in r002: 20.0 became 22.0",
    )


def test_what_no_number_tells_is_told_in_words(golden: Callable[..., Golden], answer: Ask) -> None:
    old = golden(1.0, 2.0, 3.0, 4.0)
    fault = Answer(outputs=None, fault=Fault(kind="raised", type="KeyError", message="x"))
    found = difference(old, anew(old, answer(price=1), fault, answer(cost=3.0), Answer(outputs=None, status=422)))
    assert found.changed == ("r001", "r002", "r003", "r004")
    assert found.otherwise == (
        "r001: price is int, expected float",
        "r002: no exception, then KeyError",
        "r002: outputs gone: price; new: none",
        "r003: outputs gone: price; new: cost",
        "r004: status None, then 422",
        "r004: outputs gone: price; new: none",
    )
    assert previous(found, file="f", sha256="s", reason="r").largest == {"price": None}
    assert lines(found)[-6:] == found.otherwise


def test_records_are_matched_by_their_inputs(golden: Callable[..., Golden], answer: Ask) -> None:
    old = golden(1.0, 2.0)
    kept, dropped = old.records
    new = recorded([({"units": 77}, ()), (kept.inputs, ())], [answer(price=5.0), answer(price=1.0)])
    found = difference(old, new)
    assert (found.changed, found.added, found.dropped, found.count) == ((), ("r001",), (dropped.id,), 2)
    assert lines(found)[1:] == ("1 are new: r001", "1 are gone: r002")


def test_a_record_of_a_refusal_keeps_the_status_and_not_the_words(answer: Ask, value: Callable[..., Value]) -> None:
    fault = Fault(kind="raised", type="app.Refused", message="secret", status=422)
    refused, raised, good = recorded(
        [({"x": each}, ("why",)) for each in (1, 2, 3)],
        [answer(status=422, detail="x is missing"), Answer(outputs=None, fault=fault), answer(status=200, y=1.0)],
    )
    assert (refused.id, refused.status, refused.outputs, refused.fault, refused.why) == (
        "r001",
        422,
        None,
        None,
        ("why",),
    )
    assert (raised.status, raised.outputs, raised.fault) == (422, None, "app.Refused")
    assert (good.status, good.outputs) == (200, {"y": value(1.0)})
