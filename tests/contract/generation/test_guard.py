"""The guard: it counts values and not exceptions, serves the fallback, and is closed by a golden record alone."""

from __future__ import annotations

import dataclasses
import logging
import math
import threading
import types
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

import msgspec
import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from gatekeeper.contract.generation import guard_source, plan
from gatekeeper.contract.generation.metrics import TABLE, le
from gatekeeper.contract.manifest.facts import Condition, Confidence, Input, KillSwitch, Manifest, Output
from gatekeeper.errors import Unreadable
from tests.contract.generation.shared import (
    GOLDEN,
    RECORD,
    Clock,
    changed,
    exposed,
    guard_module,
    pricing,
    pricing_baseline,
    value,
)

Predict = Callable[[dict[str, Any]], object]
FALLBACK = {"price": 71.29}


@pytest.fixture(scope="module")
def guards() -> types.ModuleType:
    return guard_module(pricing(), pricing_baseline())


class Model:
    """A model that gives what it is told to; it remembers what it was asked."""

    def __init__(self, price: object = 80.0, distance: object = 0.2) -> None:
        self.price, self.distance = price, distance
        self.asked: list[Mapping[str, Any]] = []

    def __call__(self, record: dict[str, Any]) -> object:
        self.asked.append(record)
        if isinstance(self.price, Exception):
            raise self.price
        return {"price": self.price, "distance": self.distance}


@dataclasses.dataclass
class Running:
    guard: Any
    model: Model
    clock: Clock
    registry: CollectorRegistry

    def value(self, name: str, **labels: str) -> float:
        return value(self.registry, name, **labels)


def running(guards: types.ModuleType, model: Model | None = None) -> Running:
    model, clock, registry = model or Model(), Clock(), CollectorRegistry()
    return Running(guards.Guard(model, probe=GOLDEN, registry=registry, clock=clock), model, clock, registry)


def switched(condition: Condition, action: str, **fields: Any) -> types.ModuleType:
    switch = KillSwitch(when=condition, action=action)  # type: ignore[arg-type]
    return guard_module(changed(pricing(), kill_switches={"off": switch}, **fields), pricing_baseline())


def test_a_good_answer_is_served_and_is_frozen(guards: types.ModuleType) -> None:
    run = running(guards)
    answer = run.guard(RECORD)
    assert (answer.status, dict(answer.values), answer.reasons) == ("served", {"price": 80.0}, ())
    assert answer.confidence == 0.2
    with pytest.raises(dataclasses.FrozenInstanceError):
        answer.status = "rejected"
    with pytest.raises(TypeError):
        answer.values["price"] = 1.0
    assert run.value("gatekeeper_requests_total", status="served") == 1


def test_a_safe_default_goes_to_the_model_and_is_told(guards: types.ModuleType) -> None:
    run = running(guards)
    answer = run.guard({name: each for name, each in RECORD.items() if name != "stock"})
    assert (answer.status, answer.defaulted) == ("served", ("stock",))
    assert run.model.asked[-1]["stock"] == 250
    assert run.value("gatekeeper_feature_defaulted_total", feature="stock") == 1
    assert run.value("gatekeeper_feature_missing_total", feature="stock") == 1


@pytest.mark.parametrize("record", [{}, [], None, "x", {**RECORD, "units": "2"}, {**RECORD, "more": 1}])
def test_an_invalid_record_is_rejected_and_never_reaches_the_model(guards: types.ModuleType, record: object) -> None:
    run = running(guards)
    answer = run.guard(record)
    assert (answer.status, dict(answer.values)) == ("rejected", {})
    assert run.model.asked == []
    assert run.value("gatekeeper_records_total") == 1


def test_no_reason_repeats_what_a_customer_sent(guards: types.ModuleType) -> None:
    answer = running(guards).guard({**RECORD, "units": "my secret", "my secret": 1, "region": "my secret"})
    assert answer.status == "rejected"
    assert answer.reasons
    assert "secret" not in str(answer)
    assert all(len(each) < 100 for each in running(guards).guard(dict.fromkeys(map(str, range(1000)))).reasons)


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        (-0.01, "below"),
        (0.99, "below"),
        (1500.01, "above"),
        (1400.0, "ratio"),  # 15 times the mean of the baseline's predictions is 1069.37
        (math.nan, "not-finite"),
        (math.inf, "not-finite"),
        (-math.inf, "not-finite"),
        (None, "missing"),
        (True, "not-a-number"),
        ("80", "not-a-number"),
        (np.array([80.0]), "not-a-number"),
        (ValueError("no"), "exception"),
        (10**400, "above"),
        (np.float32("nan"), "not-finite"),
        (Fraction(10**400), "not-finite"),
    ],
)
def test_a_value_that_breaks_the_contract_is_replaced_and_counted(
    guards: types.ModuleType, price: object, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    run = running(guards, Model(price))
    with caplog.at_level(logging.ERROR):
        answer = run.guard(RECORD)
    assert (answer.status, dict(answer.values)) == ("fallback", FALLBACK)
    assert answer.reasons == (f"price: {reason}",)
    assert run.value("gatekeeper_output_violations_total", reason=reason) == 1
    assert run.value("gatekeeper_output_violations_total") == 1
    assert run.value("gatekeeper_output_not_finite_total") == (reason == "not-finite")
    assert bool(caplog.records) is (reason == "exception")


@pytest.mark.parametrize("price", [80, 80.0, np.float64(80), np.float32(80), np.int64(80), 1, 1069.0])
def test_a_number_is_a_number(guards: types.ModuleType, price: object) -> None:
    assert running(guards, Model(price)).guard(RECORD).status == "served"


@pytest.mark.parametrize("price", [-0.01, math.nan, math.inf, None])
def test_fifty_wrong_values_open_the_breaker(guards: types.ModuleType, price: object) -> None:
    run = running(guards, Model(price))
    answers = [run.guard(RECORD) for _ in range(50)]
    assert {answer.status for answer in answers} == {"fallback"}
    assert run.value("gatekeeper_breaker_state") == 2
    assert len(run.model.asked) == 5  # it was asked no more
    assert answers[-1].reasons == ("breaker: open",)
    assert run.value("gatekeeper_breaker_openings_total") == 1


def test_good_answers_between_do_not_close_the_account(guards: types.ModuleType) -> None:
    run = running(guards)
    for place in range(80):
        run.model.price = -1.0 if place % 20 == 19 else 80.0
        run.guard(RECORD)
    assert run.value("gatekeeper_breaker_state") == 0
    run.model.price = -1.0
    run.guard(RECORD)
    assert run.value("gatekeeper_breaker_state") == 2


def test_violations_are_forgotten_after_so_many_answers(guards: types.ModuleType) -> None:
    run = running(guards)
    for place in range(1000):
        run.model.price = -1.0 if place % 25 == 0 else 80.0  # 4 of any 100
        run.guard(RECORD)
    assert run.value("gatekeeper_breaker_state") == 0


def test_the_golden_record_closes_it_and_no_customer_is_asked_for_that(guards: types.ModuleType) -> None:
    run = running(guards, Model(-1.0))
    customer = {**RECORD, "region": "south"}
    for _ in range(5):
        run.guard(customer)
    run.clock.now += 59
    asked = len(run.model.asked)
    assert run.guard(customer).status == "fallback"
    assert len(run.model.asked) == asked
    run.clock.now += 2  # the cooldown of a minute is over; the model is still wrong
    assert run.guard(customer).status == "fallback"
    assert run.model.asked[asked:] == [dict(RECORD)]
    run.clock.now += 61
    run.model.price = 80.5  # in range, and not what was approved
    assert run.guard(customer).status == "fallback"
    assert run.value("gatekeeper_breaker_probes_total", result="wrong") == 2
    run.clock.now += 61
    run.model.price = 80.00001
    assert run.guard(customer).status == "served"
    assert run.value("gatekeeper_breaker_state") == 0
    assert run.value("gatekeeper_breaker_probes_total", result="right") == 1


def test_while_it_is_tried_everybody_else_gets_the_fallback(guards: types.ModuleType) -> None:
    run = running(guards, Model(-1.0))
    for _ in range(5):
        run.guard(RECORD)
    started, go = threading.Event(), threading.Event()
    seen: list[float] = []

    def slow(_: object) -> object:
        started.set()
        assert go.wait(10)
        return {"price": 80.0}

    run.guard._predict = slow
    run.clock.now += 61
    trying = threading.Thread(target=lambda: run.guard(RECORD))
    trying.start()
    assert started.wait(10)
    seen.append(run.value("gatekeeper_breaker_state"))
    assert run.guard(RECORD).reasons == ("breaker: open",)
    go.set()
    trying.join(10)
    assert seen == [1]
    assert run.value("gatekeeper_breaker_state") == 0


def test_a_trial_that_dies_leaves_it_open(guards: types.ModuleType) -> None:
    run = running(guards, Model(-1.0))
    for _ in range(5):
        run.guard(RECORD)
    run.clock.now += 61

    def killed(_: object) -> object:
        raise KeyboardInterrupt

    run.guard._predict = killed
    with pytest.raises(KeyboardInterrupt):
        run.guard(RECORD)
    assert run.value("gatekeeper_breaker_state") == 2


def test_it_is_not_built_where_the_contract_could_not_be_kept(
    guards: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="no golden record"):
        guards.Guard(Model(), registry=None)
    with pytest.raises(ValueError, match="units"):
        guards.Guard(Model(), probe=[({**RECORD, "units": 99}, {"price": 80.0})], registry=None)
    with pytest.raises(ValueError, match="expects"):
        guards.Guard(Model(), probe=[(RECORD, {"cost": 80.0})], registry=None)
    breaker = pricing().breaker
    assert breaker is not None
    negative = changed(pricing(), breaker=msgspec.structs.replace(breaker, fallback={"price": -1.0}))
    with pytest.raises(ValueError, match="fallback of price is itself no answer: below"):
        guard_module(negative, pricing_baseline()).Guard(Model(), probe=GOLDEN, registry=None)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/nowhere")
    with pytest.raises(ValueError, match="scrape each worker"):
        guards.Guard(Model(), probe=GOLDEN, registry=None)


def test_without_a_breaker_a_wrong_value_is_rejected() -> None:
    made = guard_module(changed(pricing(), breaker=None), pricing_baseline())
    answer = made.Guard(Model(-1.0), registry=None)(RECORD)
    assert (answer.status, answer.reasons) == ("rejected", ("price: below",))


@pytest.mark.parametrize(("action", "status"), [("reject", "rejected"), ("safe-mode", "fallback"), ("alert", "served")])
def test_what_a_kill_switch_does(action: str, status: str) -> None:
    run = running(switched(Condition(feature="unit_cost", op="above", value=400), action))
    assert run.guard({**RECORD, "unit_cost": 400}).status == "served"
    assert run.value("gatekeeper_kill_switch_trips_total", switch="off") == 0
    answer = run.guard({**RECORD, "unit_cost": 400.5})
    assert answer.status == status
    assert answer.reasons == (() if action == "alert" else ("kill-switch: off",))
    assert run.value("gatekeeper_kill_switch_trips_total", switch="off", action=action) == 1


def test_a_window_trips_and_recovers(guards: types.ModuleType) -> None:
    """no-stock: more than 5 % of at least 100 records within 5 minutes have no stock."""
    run = running(guards)
    without = {**RECORD, "stock": None}
    for place in range(99):
        assert run.guard(without if place < 50 else RECORD).status == "served"
        run.clock.now += 1.5
    assert run.guard(RECORD).status == "fallback"  # the hundredth
    assert run.guard(RECORD).reasons == ("kill-switch: no-stock",)
    run.clock.now += 400
    for _ in range(100):
        run.clock.now += 1.5
        assert run.guard(RECORD).status == "served"  # what was missing is long ago


def test_a_window_after_a_long_silence_holds_only_what_came_since(guards: types.ModuleType) -> None:
    run = running(guards)
    for _ in range(300):
        run.guard({**RECORD, "stock": None})
    run.clock.now += 3600
    statuses = []
    for _ in range(200):
        run.clock.now += 1.1
        statuses.append(run.guard(RECORD).status)
    assert set(statuses) == {"served"}


def noted(judged: list[float], judge: Callable[[float], None], now: float) -> None:
    judged.append(now)
    judge(now)


def test_windows_are_judged_once_a_second_and_keep_little(guards: types.ModuleType) -> None:
    run = running(guards)
    windows = run.guard._windows
    judged: list[float] = []
    for window in windows.windows:
        window.judge = partial(noted, judged, window.judge)
    for _ in range(20_000):
        run.clock.now += 0.3
        run.guard(RECORD)
    assert len(judged) <= 2 * (20_000 * 0.3 + 1)
    assert all(len(window._kept) <= 63 for window in windows.windows)


@pytest.mark.parametrize(
    ("op", "feature", "odd"),
    [
        ("missing-rate", "unit_cost", None),
        ("missing-rate", "unit_cost", math.nan),
        ("outside-rate", "unit_cost", math.inf),
        ("outside-rate", "units", 3.0),
        ("outside-rate", "units", [1]),
        ("unseen-rate", "region", "nowhere"),
    ],
)
def test_rates_of_every_kind(op: str, feature: str, odd: object) -> None:
    condition = Condition(feature=feature, op=op, value=0.1, window="1m", at_least=50)
    made = switched(Condition(any=(condition, Condition(not_=condition))), "alert")
    run = running(made)
    run.guard._windows.windows[1].limit = 0.5  # its opposite: it trips unless more than half are odd
    for place in range(200):
        run.guard({**RECORD, feature: odd} if place % 5 == 0 else RECORD)
        run.clock.now += 0.2
    assert run.guard._windows.tripped == (True, True)
    for _ in range(400):
        run.guard({**RECORD, feature: odd})
        run.clock.now += 0.2
    assert run.guard._windows.tripped == (True, False)
    for _ in range(400):
        run.guard(RECORD)
        run.clock.now += 0.2
    assert run.guard._windows.tripped == (False, True)


def test_a_distance_trips_when_the_distribution_moves() -> None:
    numbers = Condition(feature="units", op="distance", value=0.25, window="1h", at_least=100)
    places = Condition(feature="region", op="distance", value=0.5, window="1h", at_least=100)
    made = switched(Condition(any=(numbers, places)), "alert")
    like = running(made)
    for place in range(240):
        like.guard({**RECORD, "units": place % 24 + 1, "region": ["east", "north", "south", "west"][place % 4]})
        like.clock.now += 5
    assert like.guard._windows.tripped == (False, False)
    moved = running(made)
    for _ in range(240):
        moved.guard({**RECORD, "units": 1, "region": "north"})
        moved.clock.now += 5
    assert moved.guard._windows.tripped == (True, True)


def test_nan_and_infinity_are_counted_and_are_in_no_histogram(guards: types.ModuleType) -> None:
    run = running(guards, Model(math.nan, math.nan))
    for odd in (math.nan, math.inf, -math.inf, 1e308, 10**400):
        run.guard({**RECORD, "unit_cost": odd})
    for _ in range(3):
        run.guard(RECORD)
    assert run.value("gatekeeper_feature_not_finite_total", feature="unit_cost") == 3
    assert run.value("gatekeeper_feature_missing_total", feature="unit_cost") == 1
    assert run.value("gatekeeper_feature_outside_total", feature="unit_cost") == 4
    assert run.value("gatekeeper_feature_bucket", feature="unit_cost", le="+Inf") == 5  # two of them are only far away
    assert run.value("gatekeeper_output_bucket", le="+Inf") == 0
    assert run.value("gatekeeper_output_not_finite_total") == 3
    assert run.value("gatekeeper_confidence_low_total") == 3
    assert run.value("gatekeeper_confidence_bucket", le="+Inf") == 0
    assert all(math.isfinite(each.value) for each in exposed(run.registry))


def test_categories_are_counted_by_name_and_strange_ones_together(guards: types.ModuleType) -> None:
    run = running(guards)
    for region in ("north", "north", "nowhere", "elsewhere", "", None, 3):
        run.guard({**RECORD, "region": region})
    assert run.value("gatekeeper_feature_category_total", category="north") == 2
    assert run.value("gatekeeper_feature_category_total", category="__other__") == 2
    assert run.value("gatekeeper_feature_unseen_total", feature="region") == 2
    assert run.value("gatekeeper_feature_missing_total", feature="region") == 2
    assert run.value("gatekeeper_feature_outside_total", feature="region") == 1


def test_the_baseline_is_exposed_at_the_same_edges(guards: types.ModuleType) -> None:
    run = running(guards)
    trained = next(each for each in pricing_baseline().features if each.name == "unit_cost")
    assert trained.grid is not None
    for edge, count in zip(trained.grid.edges, trained.grid.le, strict=True):
        assert run.value("gatekeeper_baseline_feature_bucket", feature="unit_cost", le=le(edge)) == count
        run.value("gatekeeper_feature_bucket", feature="unit_cost", le=le(edge))
    assert run.value("gatekeeper_baseline_feature_bucket", feature="unit_cost", le="+Inf") == trained.n
    assert run.value("gatekeeper_baseline_feature_category", category="south") == 3059
    run.value("gatekeeper_feature_bucket", feature="unit_cost", le="400.0")  # a threshold of dear-units


def test_buckets_of_negative_values_have_no_sum() -> None:
    outputs = {"price": Output(min=-5, max=5)}
    manifest = changed(pricing(), outputs=outputs, breaker=None, confidence=None, kill_switches={})
    made = guard_module(manifest, None)
    registry = CollectorRegistry()
    made.Guard(lambda _: -3.0, registry=registry)(RECORD)
    names = {each.name for each in exposed(registry)}
    assert "gatekeeper_output_bucket" in names
    assert "gatekeeper_output_sum" not in names


def test_every_metric_is_of_the_table_and_the_series_are_as_many_as_was_said(guards: types.ModuleType) -> None:
    run = running(guards)
    samples = exposed(run.registry)
    known = {metric.name for metric in TABLE.values()}
    for each in samples:
        name = each.name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        assert name in known or each.name in known, each.name
        assert each.labels["model"] == "holiday-pricing"
        assert each.labels["version"] == "4093"
    planned = plan(pricing(), pricing_baseline())
    assert len(samples) <= planned.series <= len(samples) * 1.05
    assert f"{planned.series:,} series a process" in (guards.__doc__ or "")


def test_more_than_ten_thousand_series_are_refused_and_a_hundred_inputs_get_fewer_edges() -> None:
    cost = next(each for each in pricing_baseline().features if each.name == "unit_cost")

    def wide(inputs: int) -> tuple[Manifest, Any]:
        names = [f"cost_{place}" for place in range(inputs)]
        manifest = changed(
            pricing(), inputs={name: Input(kind="number", min=1, max=500) for name in names}, kill_switches={}
        )
        columns = tuple(msgspec.structs.replace(cost, name=name) for name in names)
        return manifest, msgspec.structs.replace(pricing_baseline(), features=columns)

    manifest, trained = wide(100)
    planned = plan(manifest, trained)
    assert planned.series <= 10_000
    reference = planned.inputs[0].reference
    assert reference is not None
    assert cost.grid is not None
    assert len(reference) == 32
    assert all(reference[le(edge)] == cost.grid.le[cost.grid.edges.index(edge)] for edge in (8.25, 189.44))
    with pytest.raises(Unreadable, match="series a process"):
        plan(*wide(300))


def test_counts_add_up_over_threads(guards: types.ModuleType) -> None:
    run = running(guards)

    def work() -> None:
        for _ in range(500):
            run.guard(RECORD)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for name in ("gatekeeper_records_total", "gatekeeper_confidence_answers_total"):
        assert run.value(name) == 4000
    assert run.value("gatekeeper_requests_total", status="served") == 4000
    assert run.value("gatekeeper_feature_bucket", feature="units", le="+Inf") == 4000
    assert run.value("gatekeeper_output_bucket", le="+Inf") == 4000


def test_an_instance_of_the_input_model_is_taken_too(guards: types.ModuleType) -> None:
    run = running(guards)
    assert run.guard(guards.Request.model_validate(RECORD)).status == "served"
    assert run.value("gatekeeper_feature_bucket", feature="units", le="2.0") == 1


def test_confidence_is_low_on_its_bad_side_or_when_it_is_not_there(guards: types.ModuleType) -> None:
    run = running(guards)
    for distance in (0.2, 1.0, 1.0001, None, math.nan, "0.2"):
        run.model.distance = distance
        assert run.guard(RECORD).status == "served"
    assert run.value("gatekeeper_confidence_low_total") == 4
    assert run.value("gatekeeper_confidence_answers_total") == 6
    sure = Confidence(metric="max-probability", field="distance", limit=0.6)
    run = running(guard_module(changed(pricing(), confidence=sure), pricing_baseline()))
    for distance in (0.6, 0.7, 0.59):
        run.model.distance = distance
        run.guard(RECORD)
    assert run.value("gatekeeper_confidence_low_total") == 1


def test_classes() -> None:
    outputs = {"kind": Output(type="class", classes=("0", "1", "rare"))}
    breaker = pricing().breaker
    assert breaker is not None
    manifest = changed(
        pricing(),
        outputs=outputs,
        confidence=None,
        kill_switches={},
        breaker=msgspec.structs.replace(breaker, fallback={"kind": "rare"}),
    )
    made = guard_module(manifest, None)
    given: list[object] = []
    guard = made.Guard(lambda _: given[-1], probe=[(RECORD, {"kind": "1"})], registry=None)
    for good, label in ((1, "1"), (np.int64(0), "0"), ("rare", "rare"), ({"kind": "1"}, "1")):
        given.append(good)
        assert dict(guard(RECORD).values) == {"kind": label}
    for wrong in ("2", True, 0.0, None, math.nan):
        given.append(wrong)
        assert guard(RECORD).status == "fallback"


def test_readiness_asks_for_the_golden_records(guards: types.ModuleType) -> None:
    run = running(guards)
    assert run.guard.probe()
    run.model.price = 81.0
    assert not run.guard.probe()


def test_a_ratio_needs_a_mean() -> None:
    with pytest.raises(Unreadable, match="there is no mean"):
        guard_source(changed(pricing(), kill_switches={}), None)


def test_a_distance_needs_a_baseline() -> None:
    with pytest.raises(Unreadable, match="no counts of it"):
        guard_source(changed(pricing(), outputs={"price": Output(min=1, max=1500)}), None)


def test_a_threshold_that_no_float_is_is_refused() -> None:
    condition = Condition(feature="units", op="above", value=2**53 + 1)
    manifest = changed(pricing(), kill_switches={"off": KillSwitch(when=condition, action="alert")})
    with pytest.raises(Unreadable, match="which no float is"):
        guard_source(manifest, pricing_baseline())


@pytest.mark.parametrize(
    ("number", "label"),
    [
        (1, "1.0"),
        (0.0, "0.0"),
        (-0.0, "0.0"),
        (123456, "123456.0"),
        (1234567, "1.234567e+06"),
        (1e6, "1e+06"),
        (0.0001, "0.0001"),
        (1e-5, "1e-05"),
        (1e300, "1e+300"),
        (-2.5, "-2.5"),
        (math.inf, "+Inf"),
        (5e-324, "5e-324"),
    ],
)
def test_labels_are_spelt_as_prometheus_3_spells_them(number: float, label: str) -> None:
    assert le(number) == label
    assert float(label) == number
