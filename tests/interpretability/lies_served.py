"""Lies of the serving code, and of what is deployed to watch it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import yaml

from gatekeeper_checks._manifest_samples import inputs, output
from gatekeeper_checks.observability.samples import _without
from tests.interpretability.bases import Files, edited, line, regional
from tests.interpretability.lies_declared import day
from tests.interpretability.planted import Lie

VALIDATED: Final = "    offer = Offer.model_validate(event)\n"
UNITS: Final = "    units: Annotated[int, Field(ge=1, le=24)] | None = None\n"
ANSWER: Final = '    return {"price": float(model.predict([[units]])[0]), "width": 4.0}\n'


def _code(name: str, rule: str, says: str, old: str, new: str) -> Lie:
    return Lie(name, f"input-validation/{rule}", lambda: line((old, new)), says)


def _sales(name: str, rule: str, says: str, old: str, new: str) -> Lie:
    return Lie(name, f"input-validation/{rule}", lambda: regional((old, new)), says)


def _raw(get: str) -> str:
    return f"    offer = Offer.model_validate({{'units': {get}}})\n"


SENTINEL: Final = 'event.get("units", -1)'
BY_HAND: Final = """\
    units = event["units"]
    if not isinstance(units, int) or not 1 <= units <= 24:
        raise ValueError("units")
"""
MENDING: Final = """\
    @pydantic.field_validator("cost", mode="before")
    @classmethod
    def mend(cls, value):
        return value or 1.0

"""
CODE_LIES: Final = [
    _code(
        "a raw dict endpoint",
        "raw-input",
        "event",
        f"{VALIDATED}    units = 6 if offer.units is None else offer.units\n",
        '    units = event["units"]\n',
    ),
    _code(
        "checked by hand",
        "no-model",
        "",
        f"{VALIDATED}    units = 6 if offer.units is None else offer.units\n",
        BY_HAND,
    ),
    _code(".get(x, -1)", "sentinel-default", "-1", VALIDATED, _raw(SENTINEL)),
    _code("x or 0", "sentinel-default", "0", VALIDATED, _raw('event["units"] or 0')),
    _code(
        "{**DEFAULTS, **request}",
        "sentinel-default",
        "units",
        VALIDATED,
        '    offer = Offer.model_validate({"units": 6, **event})\n',
    ),
    _sales(
        "fillna(-1)",
        "silent-repair",
        "fillna",
        "    price = float(model.predict(row)[0])\n",
        "    price = float(model.predict(row.fillna(-1))[0])\n",
    ),
    _code("float(x) of a raw value", "silent-repair", "int", VALIDATED, _raw('int(event["units"])')),
    _code(
        "except: pass",
        "exception-swallowed",
        "",
        VALIDATED,
        f"    offer = Offer(units=6)\n    try:\n    {VALIDATED}    except Exception:\n        pass\n",
    ),
    _code(
        "an exception that becomes a price",
        "exception-swallowed",
        "-0.01",
        ANSWER,
        f'    try:\n    {ANSWER}    except Exception:\n        return {{"price": -0.01, "width": 4.0}}\n',
    ),
    _code("a model that converts", "not-strict", "strict", "strict=True, ", ""),
    _code("a model that takes more fields", "extra-allowed", "extra", 'extra="forbid", ', ""),
    _sales("a model that takes NaN", "not-finite", "NaN", ", allow_inf_nan=False", ""),
    _code("a wider range than is declared", "other-range", "240", "le=24", "le=240"),
    _code("a narrower range than is declared", "other-range", "12", "le=24", "le=12"),
    _code("fractions of a piece", "other-type", "", "Annotated[int, Field", "Annotated[float, Field"),
    _code("a required field for a promised default", "other-default", "units", " | None = None", ""),
    _code(
        "a field that is not declared",
        "field-unknown",
        "coupon",
        UNITS,
        f"{UNITS}    coupon: Annotated[float, Field(ge=0, le=1)]\n",
    ),
    _sales(
        "a declared field that is not there",
        "field-missing",
        "cost",
        "    cost: Annotated[float, Field(ge=1.0, le=500.0)]\n",
        "",
    ),
    _sales(
        "any text for a category",
        "open-vocabulary",
        "region",
        '    region: Literal["east", "north", "south", "west"]\n',
        "    region: str\n",
    ),
    _sales("a category more", "other-vocabulary", "moon", '"west"]\n', '"west", "moon"]\n'),
    _sales(
        "a validator that repairs before the checks",
        "unjudged",
        'field_validator(mode="before")',
        "class Offer(BaseModel):\n",
        f"class Offer(BaseModel):\n{MENDING}",
    ),
    _code(
        "a suppression without a reason",
        "suppression-without-reason",
        "",
        VALIDATED,
        f"{_raw(SENTINEL).rstrip()}  # noqa: input-validation/sentinel-default\n",
    ),
]

DRIFT: Final = "GatekeeperFeatureDrift"


def _watched(name: str, rule: str, says: str, files: Callable[[], Files]) -> Lie:
    return Lie(name, f"observability/{rule}", files, says)


def _rules(name: str, rule: str, says: str, old: str, new: str) -> Lie:
    return _watched(name, rule, says, lambda: edited(line(), "rules.yaml", old, new))


def _deleted(alert: str) -> Files:
    files = line()
    content = files["rules.yaml"]
    assert isinstance(content, bytes)
    return {**files, "rules.yaml": _without(content.decode(), alert)}


def drift(old: str, new: str) -> Files:
    """Return a candidate with one text after the drift alert's name changed."""
    files = line()
    content = files["rules.yaml"]
    assert isinstance(content, bytes)
    before, name, after = content.decode().partition(f'alert: "{DRIFT}"')
    assert name
    assert old in after
    return {**files, "rules.yaml": before + name + after.replace(old, new, 1)}


def _muted_by_vector() -> Files:
    files = line()
    content = files["rules.yaml"]
    assert isinstance(content, bytes)
    lines = content.decode().splitlines(keepends=True)
    start = next(place for place, each in enumerate(lines) if f'alert: "{DRIFT}"' in each)
    end = next(place for place in range(start + 1, len(lines)) if lines[place].startswith("        for:"))
    lines.insert(end, "          and vector(0) > 1\n")
    return {**files, "rules.yaml": "".join(lines)}


def _with_alertmanager(**blocks: Any) -> Files:
    document = {
        "route": {"receiver": "pricing"},
        "receivers": [{"name": "pricing", "webhook_configs": [{"url": "https://pager.example.org/"}]}],
        **blocks,
    }
    files = line()
    policy = str(files["gatekeeper.yaml"]).replace("dashboard.json]", "dashboard.json, alertmanager.yaml]")
    return {**files, "gatekeeper.yaml": policy, "alertmanager.yaml": yaml.safe_dump(document)}


def alertmanager() -> Files:
    """Return a candidate with an Alertmanager that tells somebody: it passes."""
    return _with_alertmanager()


def _nowhere() -> Files:
    route = {"receiver": "pricing", "routes": [{"matchers": [f'alertname="{DRIFT}"'], "receiver": "nobody"}]}
    receivers = [{"name": "pricing", "webhook_configs": [{"url": "https://pager.example.org/"}]}, {"name": "nobody"}]
    return _with_alertmanager(route=route, receivers=receivers)


def _inhibited() -> Files:
    rule = {"source_matchers": ['alertname="Watchdog"'], "target_matchers": [f'alertname="{DRIFT}"']}
    return _with_alertmanager(inhibit_rules=[rule])


def _silenced() -> Files:
    silence = {
        "id": "1",
        "matchers": [{"name": "alertname", "value": DRIFT, "isRegex": False, "isEqual": True}],
        "startsAt": f"{day(-1)}T00:00:00Z",
        "endsAt": f"{day(365)}T00:00:00Z",
        "createdBy": "ana",
        "comment": "noisy",
        "status": {"state": "active"},
    }
    files = line()
    policy = str(files["gatekeeper.yaml"]).replace("dashboard.json]", "dashboard.json, silences.json]")
    return {**files, "gatekeeper.yaml": policy, "silences.json": json.dumps([silence])}


def _without_panel(part: str) -> Files:
    files = line()
    content = files["dashboard.json"]
    assert isinstance(content, bytes)
    board = json.loads(content)
    board["panels"] = [each for each in board["panels"] if part not in each.get("title", "")]
    return {**files, "dashboard.json": json.dumps(board)}


def _ended_waiver() -> Files:
    waiver = {"of": DRIFT, "reason": "a new region", "by": "ben", "until": day(-1)}
    files = line(waivers=[waiver])
    content = files["rules.yaml"]
    assert isinstance(content, bytes)
    return {**files, "rules.yaml": _without(content.decode(), DRIFT)}


DEPLOYED_LIES: Final = [
    _watched(
        "nothing deployed",
        "not-declared",
        "deployment",
        lambda: edited(line(), "gatekeeper.yaml", "deployment: [rules.yaml, dashboard.json]\n", ""),
    ),
    _watched("the drift alert deleted", "alert-deleted", DRIFT, lambda: _deleted(DRIFT)),
    _watched("the drift alert deleted under a waiver that is over", "alert-deleted", DRIFT, _ended_waiver),
    _watched(
        "the drift alert waits for twelve hours", "alert-loosened", DRIFT, lambda: drift('for: "30m"', 'for: "12h"')
    ),
    _watched("the drift alert's threshold raised", "alert-loosened", DRIFT, lambda: drift("> 0.1", "> 0.9")),
    _watched(
        "the drift alert's severity lowered", "alert-loosened", DRIFT, lambda: drift('severity: "', 'severity: "none-')
    ),
    _watched("the drift alert muted by `and vector(0) > 1`", "alert-muted", DRIFT, _muted_by_vector),
    _watched(
        "ACTION: NONE",
        "alert-muted",
        "ACTION: NONE",
        lambda: drift("        annotations:\n", '        annotations:\n          action: "ACTION: NONE"\n'),
    ),
    _watched("the drift alert routed to nobody", "alert-muted", DRIFT, _nowhere),
    _watched("the drift alert inhibited", "alert-muted", DRIFT, _inhibited),
    _watched("the drift alert silenced for a year", "alert-muted", DRIFT, _silenced),
    _rules(
        "a recorded series renamed",
        "recording-differs",
        "gatekeeper:feature_distance",
        'record: "gatekeeper:feature_distance"',
        'record: "gatekeeper:feature_ks"',
    ),
    _watched("the confidence panel missing", "confidence-missing", "onfidence", lambda: _without_panel("onfidence")),
    _watched("a panel missing", "dashboard-differs", "", lambda: _without_panel("reaker")),
    _watched(
        "a panel of a metric that nobody exposes",
        "dashboard-differs",
        "gatekeeper_requests_sum",
        lambda: edited(line(), "dashboard.json", "gatekeeper_requests_total", "gatekeeper_requests_sum", -1),
    ),
    _watched(
        "rules of a wider output range",
        "alert-loosened",
        "",
        lambda: {**line(), "rules.yaml": line(outputs=output(max=100.0), inputs=inputs())["rules.yaml"]},
    ),
]

LIES: Final = [*CODE_LIES, *DEPLOYED_LIES]
