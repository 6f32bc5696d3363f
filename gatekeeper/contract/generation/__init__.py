"""What is generated from a manifest and its baseline, the same bytes for the same input.

    files = generate(manifest, baseline, ("pydantic", "json-schema", "guard"))

Nothing heavy is imported: what is generated is text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any, Final

from gatekeeper.contract.baseline.facts import Baseline
from gatekeeper.contract.generation import guard as guards
from gatekeeper.contract.generation import json_schema as schemas
from gatekeeper.contract.generation import pydantic_models
from gatekeeper.contract.generation.dashboard import dashboard as grafana
from gatekeeper.contract.generation.plan import MOST_SERIES, Plan, plan
from gatekeeper.contract.generation.rule_tests import rule_tests as tests_of_rules
from gatekeeper.contract.generation.rules import rules
from gatekeeper.contract.manifest.facts import Manifest
from gatekeeper.contract.manifest.wording import prose

__all__ = [
    "KINDS",
    "MOST_SERIES",
    "Plan",
    "dashboard",
    "generate",
    "guard_source",
    "json_schema",
    "plan",
    "prometheus_rules",
    "pydantic_source",
    "rule_tests",
]


def pydantic_source(manifest: Manifest) -> str:
    """Return the module with the input model `Request`, and the kill-switches of one record as pydantic types."""
    return pydantic_models.models(manifest)


def json_schema(manifest: Manifest) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a request."""
    return schemas.json_schema(manifest)


def guard_source(manifest: Manifest, baseline: Baseline | None) -> str:
    """Return the guard: one module that validates, predicts, judges, counts, and falls back.

    Raises:
        Unreadable: see `gatekeeper.contract.generation.plan.plan`.
    """
    return guards.guard(plan(manifest, baseline))


def prometheus_rules(manifest: Manifest, baseline: Baseline | None) -> str:
    """Return the rules file of Prometheus: recording rules, and one alert for each way to break the contract.

    Raises:
        Unreadable: see `gatekeeper.contract.generation.plan.plan`.
    """
    return rules(plan(manifest, baseline))


def rule_tests(manifest: Manifest, baseline: Baseline | None) -> str:
    """Return the tests of those rules, for `promtool test rules`."""
    return tests_of_rules(plan(manifest, baseline), RULES)


def dashboard(manifest: Manifest, baseline: Baseline | None) -> dict[str, Any]:
    """Return the Grafana dashboard."""
    return grafana(plan(manifest, baseline))


RULES: Final = "rules.yaml"
KINDS: Final[dict[str, tuple[str, Callable[[Manifest, Baseline | None], str]]]] = {
    "prose": ("contract.txt", lambda manifest, _: prose(manifest)),
    "pydantic": ("input_model.py", lambda manifest, _: pydantic_source(manifest)),
    "json-schema": ("input.schema.json", lambda manifest, _: _json(json_schema(manifest))),
    "guard": ("guard.py", guard_source),
    "prometheus-rules": (RULES, prometheus_rules),
    "rule-tests": ("rules.test.yaml", rule_tests),
    "grafana": ("dashboard.json", lambda manifest, baseline: _json(dashboard(manifest, baseline))),
}
"""What there is to generate: the name of the file, and what makes it."""


def generate(manifest: Manifest, baseline: Baseline | None, which: Collection[str]) -> dict[str, bytes]:
    """Return file name to bytes for each kind of `KINDS` that is asked for, in the order of that table."""
    return {name: make(manifest, baseline).encode() for kind, (name, make) in KINDS.items() if kind in which}


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
