"""Small baselines for the rules' examples, written as `gatekeeper baseline build` writes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gatekeeper_checks import _samples

MODEL = _samples.estimators("1.4.2")
LOCK = _samples.SIX
POLICY = """\
schema: gatekeeper/candidate@1
name: pricing
artifacts: [model.pkl]
environment: {training: training.lock}
baseline: baseline.json
checks:
  baseline: {max_age_days: 36500}  # an example does not age
"""
NOTES = {"model.pkl": "a LinearRegression, pickled by scikit-learn 1.4.2"}


def files(policy: str = POLICY, **changes: Any) -> Mapping[str, str | bytes]:
    """Return a candidate whose baseline has these changes; it is made when somebody looks at it."""
    return _samples.Later(
        lambda: {
            "gatekeeper.yaml": policy,
            "model.pkl": MODEL,
            "training.lock": LOCK,
            "baseline.json": baseline(**changes),
        }
    )


def baseline(**changes: Any) -> str:
    """Return a baseline of 1,200 rows of one year with one feature, `units`; `changes` replaces its keys."""
    document: dict[str, Any] = {
        "schema": "gatekeeper/baseline@1",
        "generator": "gatekeeper",
        "data": {
            "name": "training.csv",
            "sha256": _sha256(b"data"),
            "rows": 1200,
            "columns": ["sold_on", "units"],
            "ignored": [],
        },
        "artifact": {"name": "model.pkl", "sha256": _sha256(MODEL)},
        "lock": {"name": "training.lock", "sha256": _sha256(LOCK.encode())},
        "k": 10,
        "time": _year(range(1, 13), 100),
        "blocks": None,
        "features": [feature([100] * 12)],
        "target": None,
        "predictions": None,
        "confidence": None,
        "pairs": [],
    }
    return json.dumps({**document, **changes}, indent=1) + "\n"


def fresh_baseline(model: bytes, lock: bytes) -> str:
    """Return a baseline of the year that ends today, of this model and this lock."""
    end = datetime.now(UTC).date()
    time = {**_year(range(1, 13), 100), "start": (end - timedelta(days=364)).isoformat(), "end": end.isoformat()}
    bound = {"name": "model.pkl", "sha256": _sha256(model)}
    return baseline(artifact=bound, lock={"name": "training.lock", "sha256": _sha256(lock)}, time=time)


def feature(counts: Sequence[int], **changes: Any) -> dict[str, Any]:
    """Return the feature `units`, with so many values of 1, 2, 3 ..."""
    n, running = sum(counts), [sum(counts[: place + 1]) for place in range(len(counts))]
    values = range(1, len(counts) + 1)
    mean = sum(value * count for value, count in zip(values, counts, strict=True)) / n if n else None
    squares = sum((value - (mean or 0)) ** 2 * count for value, count in zip(values, counts, strict=True))
    plain: dict[str, Any] = {
        "name": "units",
        "kind": "integer",
        "dtype": "int64",
        "unit": None,
        "range_only": False,
        "n": n,
        "missing": 0,
        "nan": 0,
        "infinite": 0,
        "zero": 0,
        "negative": 0,
        "mean": mean,
        "std": (squares / (n - 1)) ** 0.5 if n else None,
        "min": 1 if n else None,
        "max": len(counts) if n else None,
        "distinct": len(counts) if n else None,
        "repeated": {"value": 1, "count": max(counts)} if n else None,
        "grid": {
            "edges": list(values),
            "le": running,
            "lt": [0, *running[:-1]],
            "complete": True,
        }
        if n
        else None,
        "categories": None,
        "spans": None,
    }
    return {**plain, **changes}


def quarter() -> dict[str, Any]:
    """Return the time of data of October to December alone."""
    return _year(range(10, 13), 400)


def _year(months: range, rows: int) -> dict[str, Any]:
    return {
        "column": "sold_on",
        "start": f"2025-{months[0]:02}-01",
        "end": f"2025-{months[-1]:02}-28",
        "months": {str(month): rows for month in months},
        "weekdays": {"1": rows * len(months)},
        "longest_gap": 6,
        "missing": 0,
    }


def _sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def with_names(names: Sequence[str]) -> Mapping[str, str | bytes]:
    """Return a candidate whose model says that it was fitted on these columns."""
    return _samples.Later(lambda: {**_named(names)})


def _named(names: Sequence[str]) -> dict[str, str | bytes]:
    model = _samples.fitted_on("1.4.2", names)
    bound = baseline(artifact={"name": "model.pkl", "sha256": _sha256(model)})
    return {**files(), "model.pkl": model, "baseline.json": bound}


def with_golden(records: str) -> Mapping[str, str | bytes]:
    """Return a candidate with these golden records."""
    policy = POLICY.replace("checks:", "golden: golden.jsonl\nchecks:")
    return _samples.Later(lambda: {**files(policy), "golden.jsonl": records})


def noisy() -> Mapping[str, str | bytes]:
    """Return a candidate whose training blocks lie far apart, and whose limits were taken away."""
    return _with_spans(0.5, 1.0)


def dead() -> Mapping[str, str | bytes]:
    """Return a candidate whose training blocks have hardly a value in common."""
    return _with_spans(0.9, 500.0)


def _with_spans(distance: float, dispersion: float) -> Mapping[str, str | bytes]:
    spans = {
        "distribution": [distance] * 12,
        "shift": [distance / 2] * 12,
        "spread": [distance / 4] * 12,
        "dispersion": dispersion,
        "missing": 0.0,
        "unseen": 0.0,
    }
    blocks = {"by": "time", "days": 28, "rows": [100] * 12}
    return files(blocks=blocks, features=[feature([100] * 12, spans=spans)])
