"""The input model and its JSON Schema: what is declared is accepted, nothing else is, and both say the same."""

from __future__ import annotations

import ast
import json
import math
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import ValidationError

from gatekeeper.contract.generation import generate, json_schema, pydantic_source
from gatekeeper.contract.manifest.domain import Due, record_due
from gatekeeper.contract.manifest.facts import Input, Manifest
from gatekeeper.contract.observability import read
from gatekeeper.errors import Unreadable
from tests.contract.generation.shared import EDGES, RECORD, TEXTS, changed, module, pricing, pricing_baseline

MANY = tuple(f"category {place}" for place in range(200))
EVERY_KIND = {
    "cost": Input(kind="number", unit="EUR", min=1, max=500.5),
    "ratio": Input(kind="number", missing="default", default=0.5),
    "units": Input(kind="integer", min=0.5, max=24.5),
    "count": Input(kind="integer", missing="default", default=3),
    "region": Input(kind="category", vocabulary=TEXTS),
    "city": Input(kind="category", vocabulary=MANY),
    "shop": Input(kind="category", vocabulary=MANY[:3], unknown="default", default="category 1"),
    "brand": Input(kind="category", vocabulary=("a",), missing="default", unknown="default", default="a"),
    "new": Input(kind="boolean"),
    "old": Input(kind="boolean", missing="default", default=False),
    "note": Input(kind="text"),
    "model_x": Input(kind="number"),
    "class": Input(kind="category", vocabulary=("x", "y"), missing="default", default="x"),
    "_low": Input(kind="integer"),
    "float": Input(kind="number"),
    "copy": Input(kind="text"),
    "made": Input(kind="number", derived=True),
}
VALID: dict[str, Any] = {
    "cost": 5,
    "ratio": None,
    "units": 3,
    "region": "süd",
    "city": MANY[7],
    "shop": "no such",
    "new": True,
    "note": "x",
    "model_x": 1.5,
    "class": None,
    "_low": -4,
    "float": 2.0,
    "copy": "c",
    "old": None,
    "brand": "b",
}


def every_kind() -> Manifest:
    return changed(pricing(), inputs=EVERY_KIND, kill_switches={})


def request_of(manifest: Manifest) -> Any:
    return module(pydantic_source(manifest), "generated_request").Request


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("unit_cost", 12, True),  # an int is a number
        ("unit_cost", 12.5, True),
        ("unit_cost", "12", False),
        ("unit_cost", True, False),
        ("unit_cost", math.nan, False),
        ("unit_cost", math.inf, False),
        ("unit_cost", 500.0001, False),
        ("unit_cost", None, False),
        ("units", 3, True),
        ("units", 3.0, False),
        ("units", True, False),
        ("units", 25, False),
        ("stock", None, True),  # missing: default
        ("stock", "", False),
        ("stock", math.nan, False),
        ("region", "north", True),
        ("region", "North", False),
        ("region", None, False),
        ("other", 1, False),  # extra is forbidden
    ],
)
def test_what_is_accepted(name: str, value: object, accepted: bool) -> None:
    request = request_of(pricing())
    document = {**RECORD, name: value}
    if accepted:
        assert request.model_validate(document).filled().keys() == RECORD.keys()
    else:
        with pytest.raises(ValidationError):
            request.model_validate(document)


def test_an_input_that_is_not_there_is_missing() -> None:
    request = request_of(pricing())
    with pytest.raises(ValidationError):
        request.model_validate({name: value for name, value in RECORD.items() if name != "units"})
    without = request.model_validate({name: value for name, value in RECORD.items() if name != "stock"})
    assert without.filled()["stock"] == 250
    assert without.defaulted() == ("stock",)
    with pytest.raises(ValidationError):
        without.stock = 3


def test_a_safe_default_stands_for_what_is_missing_or_unknown_and_is_told() -> None:
    filled = request_of(every_kind()).model_validate(VALID)
    expected = {"ratio": 0.5, "count": 3, "shop": "category 1", "brand": "a", "old": False, "class": "x"}
    assert {name: filled.filled()[name] for name in expected} == expected
    assert set(filled.defaulted()) == set(expected)
    assert "made" not in filled.filled()
    known = request_of(every_kind()).model_validate(
        VALID | {"ratio": 1, "count": 1, "shop": MANY[2], "brand": "a", "old": True, "class": "y"}
    )
    assert known.defaulted() == ()


def test_the_model_accepts_what_the_manifest_says_of_each_value() -> None:
    """`gatekeeper.contract.manifest.domain` is the definition."""
    manifest = every_kind()
    request, rng = request_of(manifest), random.Random(4)
    odd: tuple[Any, ...] = (*EDGES, *MANY[:4], "a", "x", 500.5, 500.6, 0.5, 24, 25, 0)
    judged = 0
    for name in (*manifest.requested, "other", "made"):
        for value in odd:
            document = {**VALID, name: value}
            if rng.random() < 0.2:
                document.pop(rng.choice(list(VALID)))
            due = record_due(manifest.requested, document)
            try:
                accepted = bool(request.model_validate(document).filled())
            except ValidationError:
                accepted = False
            assert accepted is (due in {Due.ACCEPT, Due.DEFAULT}), (name, value)
            judged += accepted
    assert judged > 100


def plain(schema: Any) -> Any:
    """Return a schema without what is for people alone."""
    if isinstance(schema, dict):
        kept = {key: plain(each) for key, each in schema.items() if key not in {"title", "$schema", "$comment"}}
        if kept.get("type") == "object":
            kept.pop("description", None)
        if "enum" in kept:
            kept["enum"] = sorted(kept["enum"])
        return kept
    return [plain(each) for each in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("manifest", [pricing(), every_kind()], ids=["pricing", "every kind"])
def test_the_schema_is_that_of_the_model(manifest: Manifest) -> None:
    own = json_schema(manifest)
    jsonschema.Draft202012Validator.check_schema(own)
    assert own["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert plain(own) == plain(request_of(manifest).model_json_schema())


def test_the_schema_accepts_the_documents_that_the_model_accepts() -> None:
    manifest = every_kind()
    request, validator = request_of(manifest), jsonschema.Draft202012Validator(json_schema(manifest))
    odd = [each for each in EDGES if not isinstance(each, float) or math.isfinite(each)]
    accepted = 0
    for name in (*manifest.requested, "other"):
        for value in odd:
            if isinstance(value, float) and value.is_integer() and name in {"units", "count", "_low"}:
                continue  # to JSON Schema 12.0 is a whole number; the input model is stricter
            document = json.dumps({**VALID, name: value})
            try:
                request.model_validate_json(document)
                taken = True
            except ValidationError:
                taken = False
            assert validator.is_valid(json.loads(document)) is taken, (name, value)
            accepted += taken
    assert accepted > 100


def test_the_same_manifest_gives_the_same_bytes_and_the_text_of_a_manifest_stays_text() -> None:
    hostile = '"""\nimport os\nos.system("touch pwned")\n#\\\x07\x85: {{ x }}'
    manifest = changed(pricing(), model=changed(pricing().model, name=hostile, version=hostile))
    kinds = ("pydantic", "json-schema", "guard", "prometheus-rules", "rule-tests", "grafana")
    files = generate(manifest, pricing_baseline(), kinds)
    assert files == generate(manifest, pricing_baseline(), kinds)
    assert len(read({name: files[name] for name in ("rules.yaml", "dashboard.json")}).rules) > 40
    assert yaml.safe_load(files["rules.test.yaml"])["rule_files"] == ["rules.yaml"]
    for name in ("input_model.py", "guard.py"):
        imported = {
            alias.name
            for node in ast.walk(ast.parse(files[name]))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(files[name])) if isinstance(node, ast.Call)}
        assert "os.system" not in calls
        assert imported <= {"logging", "math", "os", "sys", "threading", "time"}


def test_a_vocabulary_of_ten_thousand() -> None:
    many = tuple(f"shop {place}" for place in range(10_000))
    manifest = changed(pricing(), inputs={"shop": Input(kind="category", vocabulary=many)}, kill_switches={})
    request = request_of(manifest)
    assert request.model_validate({"shop": many[-1]}).shop == many[-1]
    with pytest.raises(ValidationError):
        request.model_validate({"shop": "shop"})
    assert request.model_json_schema()["properties"]["shop"]["enum"] == sorted(many)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"vocabulary": ("a", "__other__")}, "label of all others"),
        ({"vocabulary": ("a", "\ud800")}, "no text that a file can hold"),
        ({"vocabulary": ()}, "without a vocabulary"),
    ],
)
def test_what_no_file_can_say_is_refused(fields: dict[str, Any], what: str) -> None:
    manifest = changed(pricing(), inputs={"shop": Input(kind="category", **fields)}, kill_switches={})
    with pytest.raises(Unreadable, match=what):
        pydantic_source(manifest)


@pytest.mark.slow
@pytest.mark.parametrize("manifest", [pricing(), every_kind()], ids=["pricing", "every kind"])
def test_what_is_generated_is_typed_and_laid_out(manifest: Manifest, tmp_path: Path) -> None:
    files = generate(manifest, pricing_baseline(), ("pydantic", "guard"))
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    paths = [str(tmp_path / name) for name in files]
    for command in (
        ["mypy", "--strict", "--no-incremental", "--config-file", "/dev/null", *paths],
        ["ruff", "format", "--isolated", "--line-length", "120", "--check", *paths],
        ["ruff", "check", "--isolated", "--line-length", "120", "--select", "F,I,B,UP,SIM,RET", *paths],
    ):
        ran = subprocess.run(
            [sys.executable, "-m", *command], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
