"""A manifest that is well formed, and the same with one thing changed."""

import copy
from typing import Any

import msgspec

from gatekeeper.contract.manifest.document import Error, read
from gatekeeper.contract.manifest.facts import Manifest

WHOLE: dict[str, Any] = {
    "schema": "gatekeeper/manifest@1",
    "model": {"name": "pricing", "version": "7", "artifact": f"sha256:{'a' * 64}"},
    "owner": {"team": "pricing", "oncall": "pricing-oncall", "runbook": "https://runbooks.example.org/pricing"},
    "review": {"author": "ana", "by": "ben", "day": "2026-11-01", "expires": "2027-04-30"},
    "outputs": {"price": {"unit": "EUR", "min": 1.0, "max": 500.0, "monotone": {"unit_cost": "increasing"}}},
    "inputs": {
        "region": {"kind": "category", "vocabulary": ["east", "north"], "unknown": "reject"},
        "unit_cost": {"kind": "number", "min": 1.0, "max": 500.0, "unit": "EUR"},
        "units": {"kind": "integer", "min": 1, "max": 24, "missing": "default", "default": 6},
        "express": {"kind": "boolean"},
    },
    "kill_switches": {
        "cost-lost": {
            "when": {"feature": "unit_cost", "op": "missing-rate", "value": 0.05, "window": "5m"},
            "action": "safe-mode",
        },
    },
    "breaker": {"open_after": 5, "of_last": 100, "fallback": {"price": 66.0}},
    "confidence": {"metric": "domain-distance", "field": "distance", "limit": 1.0},
}


def text(**changes: Any) -> str:
    """Return the manifest as YAML (each block is JSON); a key with `__` for each dot is changed, None deletes it."""
    document = copy.deepcopy(WHOLE)
    for key, value in changes.items():
        *parents, last = key.split("__")
        block = document
        for parent in parents:
            block = block.setdefault(parent, {})
        if value is None:
            block.pop(last, None)
        else:
            block[last] = value
    return "".join(f"{key}: {msgspec.json.encode(value).decode()}\n" for key, value in document.items())


def manifest(**changes: Any) -> Manifest:
    found = read_text(text(**changes))
    assert not isinstance(found, tuple), found
    return found


def errors(**changes: Any) -> tuple[Error, ...]:
    found = read_text(text(**changes))
    assert isinstance(found, tuple), "it is well formed"
    return found


def read_text(written: str) -> Manifest | tuple[Error, ...]:
    import io

    reading = read(io.BytesIO(written.encode()))
    return reading.manifest if reading.manifest is not None else reading.errors
