"""manifest.yaml read: every problem at once, with line, column and fix; nothing that is wrong is taken."""

import io

import jsonschema
import pytest
import yaml

from gatekeeper.contract.manifest.document import json_schema, load, read
from gatekeeper.errors import PolicyError
from tests.contract.manifest.declared import WHOLE, errors, manifest, read_text, text


def test_a_whole_manifest_is_read() -> None:
    found = manifest()
    assert list(found.inputs) == ["region", "unit_cost", "units", "express"]
    assert found.outputs["price"].max == 500.0
    assert found.kill_switches["cost-lost"].when.op == "missing-rate"


def test_a_derived_input_is_in_no_request() -> None:
    found = manifest(inputs__season={"kind": "number", "min": 0, "max": 2, "derived": True})
    assert "season" in found.inputs
    assert "season" not in found.requested


@pytest.mark.parametrize(
    ("changes", "at", "what"),
    [
        ({"outputs__price__min": 600.0}, "outputs.price.min", "a range that holds nothing"),
        ({"outputs__price__finite": False}, "outputs.price.finite", "can't be judged"),
        ({"outputs__price__monotone": {"cost": "increasing"}}, "outputs.price.monotone.cost", "is no input"),
        ({"outputs__price__monotone": {"region": "increasing"}}, "outputs.price.monotone.region", "has no order"),
        ({"outputs__price__classes": ["a"]}, "outputs.price.classes", "no classes"),
        ({"outputs__price__max_ratio_to_mean": -5.0}, "outputs.price.max_ratio_to_mean", "above 0"),
        ({"outputs__price__unit": "ERU"}, "outputs.price.unit", "is no unit"),
        ({"outputs": {}}, "outputs", "there is none"),
        ({"outputs": {"the price": {}}}, "outputs.the price", "is no name"),
        ({"inputs__unit_cost__min": 501.0}, "inputs.unit_cost.min", "holds nothing"),
        ({"inputs__unit_cost__min": "1"}, "inputs.unit_cost.min", "expected a number"),
        ({"inputs__unit_cost__kind": "float"}, "inputs.unit_cost.kind", "expected boolean or category or"),
        ({"inputs__region__min": 1.0}, "inputs.region", "has no range"),
        ({"inputs__region__vocabulary": ["east", "east"]}, "inputs.region.vocabulary", "twice"),
        ({"inputs__region__vocabulary": ["east", ""]}, "inputs.region.vocabulary", "no category"),
        ({"inputs__units__default": None}, "inputs.units", "promises a safe default"),
        ({"inputs__units__default": 6.5}, "inputs.units.default", "expected a integer"),
        ({"inputs__units__default": True}, "inputs.units.default", "expected a integer"),
        ({"inputs__units__missing": "reject"}, "inputs.units.default", "nothing takes the safe default"),
        ({"inputs__express__unknown": "reject"}, "inputs.express.unknown", "has no categories"),
        ({"breaker__open_after": 200}, "breaker.open_after", "can never be"),
        ({"breaker__fallback": {}}, "breaker.fallback", "no value for the output 'price'"),
        ({"breaker__fallback__cost": 1.0}, "breaker.fallback.cost", "is no output"),
        ({"breaker__fallback__price": "cheap"}, "breaker.fallback.price", "expected a number"),
        ({"review__expires": "2027-02-30"}, "review.expires", "a day that there is not"),
        ({"review__day": "yesterday"}, "review.day", "got 'yesterday'"),
        ({"outputs__price__maximum": 3}, "outputs.price.maximum", "unknown key"),
        ({"model__artifact": "abc"}, "model.artifact", "got 'abc'"),
        ({"monitoring": {"window": "1 hour"}}, "monitoring.window", "got '1 hour'"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(changes: dict[str, object], at: str, what: str) -> None:
    found = errors(**changes)
    assert [each for each in found if what in each.what and (each.key or "").startswith(at)], found
    assert all(each.line and each.column and each.fix for each in found)


@pytest.mark.parametrize(
    ("when", "what"),
    [
        ({}, "got nothing"),
        ({"feature": "units", "op": "above", "value": 3, "all": [{"feature": "units", "op": "missing"}]}, "several"),
        ({"feature": "units"}, "'op' is missing"),
        ({"op": "above", "value": 3}, "'feature' is missing"),
        ({"feature": "unit", "op": "above", "value": 3}, "is no input"),
        ({"feature": "units", "op": "exceeds", "value": 3}, "unknown operator"),
        ({"feature": "units", "op": "above"}, "expected one value"),
        ({"feature": "units", "op": "above", "value": "many"}, "expected a number"),
        ({"feature": "units", "op": "above", "value": True}, "expected a number"),
        ({"feature": "units", "op": "above", "value": [1, 2]}, "expected one value"),
        ({"feature": "units", "op": "above", "value": 3, "window": "5m"}, "looks at one record"),
        ({"feature": "units", "op": "outside", "value": [5, 1]}, "holds nothing"),
        ({"feature": "units", "op": "outside", "value": 5}, "expected both limits"),
        ({"feature": "units", "op": "missing", "value": 1}, "compares with nothing"),
        ({"feature": "units", "op": "missing-rate", "value": 0.1}, "has none"),
        ({"feature": "units", "op": "missing-rate", "value": 5, "window": "5m"}, "expected a share"),
        ({"feature": "units", "op": "unseen-rate", "value": 0.1, "window": "5m"}, "has no categories"),
        ({"feature": "region", "op": "above", "value": "east"}, "compares numbers"),
        ({"feature": "region", "op": "one-of", "value": "east"}, "expected a list"),
        ({"feature": "region", "op": "one-of", "value": []}, "expected a list"),
        ({"feature": "region", "op": "equal", "value": 3}, "expected text"),
        ({"feature": "region", "op": "equal", "value": ""}, "is a missing value"),
        ({"not": {"any": [{"feature": "units", "op": "abov", "value": 3}]}}, "unknown operator"),
    ],
)
def test_a_switch_speaks_the_closed_vocabulary_alone(when: dict[str, object], what: str) -> None:
    found = errors(kill_switches={"a-switch": {"when": when, "action": "alert"}})
    assert [each for each in found if what in each.what], found
    assert all((each.key or "").startswith("kill_switches.a-switch") and each.line for each in found)


def test_every_problem_is_told_at_once() -> None:
    found = errors(outputs__price__min=600.0, inputs__units__default=None, breaker__open_after=200)
    assert len(found) == 3
    assert [each.line for each in found] == sorted(each.line or 0 for each in found) or len(
        {e.line for e in found}
    ) == 3


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf", "1e400"])
def test_no_range_ends_in_what_is_no_number(number: str) -> None:
    written = text().replace('"max":500.0,"monotone"', f'"max":{number},"monotone"')
    assert number in written
    assert isinstance(read_text(written), tuple)


HOSTILE = {
    "empty": b"",
    "not YAML": b"{{{",
    "binary": bytes(range(256)),
    "an alias of itself": b"schema: &a [*a]\n",
    "a billion laughs": b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "nested": b"[" * 50_000,
    "deep switches": b"kill_switches: {a: {when: " + b"{not: " * 2000 + b"}" * 2000 + b"}}\n",
    "a number": b"42\n",
    "a vocabulary of 100,000": b"inputs: {a: {kind: category, vocabulary: ["
    + b",".join(b"category%d" % n for n in range(100_000))
    + b"]}}\n",
    "tabs": b"schema:\tx\n\tname: y\n",
    "tags": b"schema: !!python/object/apply:os.system ['echo hello']\n",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_with_reasons(data: bytes) -> None:
    reading = read(io.BytesIO(data))
    assert reading.manifest is None
    assert reading.errors
    assert all(each.what and each.fix for each in reading.errors)


def test_more_categories_than_a_vocabulary_may_have() -> None:
    words = [f"c{n}" for n in range(10_001)]
    assert any("10,001 categories" in each.what for each in errors(inputs__region__vocabulary=words))


def test_for_a_command_every_problem_has_the_file() -> None:
    with pytest.raises(PolicyError) as caught:
        load(text(outputs__price__min=600.0, breaker__open_after=200).encode(), "manifest.yaml")
    assert {problem.at.path for problem in caught.value.problems} == {"manifest.yaml"}
    assert len(caught.value.problems) == 2


def test_the_json_schema_takes_what_is_read_and_refuses_the_unknown() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert not list(validator.iter_errors(WHOLE))
    assert list(validator.iter_errors({**WHOLE, "outptus": {}}))
    assert list(validator.iter_errors(yaml.safe_load(text(owner__team=None))))


@pytest.mark.parametrize(
    "unit", ["EUR", "kg", "km/h", "EUR/kg", "%", "ms", "MiB", "{passengers}", "kWh", "m2", "{orders}/day"]
)
def test_units_of_the_world_are_known(unit: str) -> None:
    assert manifest(outputs__price__unit=unit).outputs["price"].unit == unit


@pytest.mark.parametrize("unit", ["euro", "Eur", "kgs", "passengers", "{}", "EUR/", "x" * 1000])
def test_other_units_are_not(unit: str) -> None:
    assert any("is no unit" in each.what for each in errors(outputs__price__unit=unit))
