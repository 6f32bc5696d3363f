"""Lies that are seen when the model or its service is tried."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from gatekeeper_checks import _manifest_samples as samples
from tests.interpretability.bases import (
    INPUTS,
    REGION,
    REGIONS,
    Files,
    edited,
    explained,
    golden,
    line,
    regional,
    trained,
)
from tests.interpretability.planted import Lie

PRICE: Final = 'return {"price": float(model.predict([[units]])[0]), "width": 4.0}'


SWALLOWED: Final = """\
    try:
        offer = Offer.model_validate(event)
    except Exception:
        return {"price": 25.0, "width": 4.0}
"""


def _of(rule: str) -> str:
    return f"interpretability-manifest/{rule}"


def _executed(name: str, rule: str, says: str, files: Callable[[], Files]) -> Lie:
    return Lie(name, _of(rule), files, says, executed=True)


def _price(name: str, rule: str, says: str, expression: str) -> Lie:
    """Return a lie of the line's service, which answers this price."""
    answer = PRICE.replace("float(model.predict([[units]])[0])", expression)
    return _executed(name, rule, says, lambda: line((PRICE, answer)))


def _service(name: str, rule: str, says: str, old: str, new: str) -> Lie:
    return _executed(name, rule, says, lambda: line((old, new)))


def explanation(method: str, change: Callable[[dict[str, Any]], None], model: Callable[[], bytes] = trained) -> Files:
    """Return the sales by region with an explanation changed: bound to the artifact and declared as it is now."""
    document = json.loads(explained(model(), method))
    document["artifact"] = samples.digest(trained())
    change(document)
    return regional(**{f"{method}.json": json.dumps(document)})


def _explained(
    name: str, says: str, method: str, change: Callable[[dict[str, Any]], None], model: Callable[[], bytes] = trained
) -> Lie:
    return _executed(name, "explanation-wrong", says, lambda: explanation(method, change, model))


def _same(document: dict[str, Any]) -> None:
    """Change nothing but the digest."""
    del document


def _shared_out(document: dict[str, Any]) -> None:
    """Move what cost does to the region, so that each row adds up as before."""
    for row in document["values"]:
        row[0], row[1] = row[0] + row[1] - 1.0, 1.0


def _swapped(key: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document[key] = document[key][::-1]

    return change


def _inflated(document: dict[str, Any]) -> None:
    document["fidelity"] = 0.999


def _by_another_program(document: dict[str, Any]) -> None:
    document["generator"] = "shap 0.51.0"
    document["importances"] = document["importances"][::-1]


def _less_than_promised() -> Files:
    document = json.loads(explained(trained(), "surrogate"))
    document["tree"], document["fidelity"] = {"is": "leaf", "value": 500.0}, 0.0
    text = json.dumps(document)
    stated = {"method": "surrogate", "path": "surrogate.json", "sha256": samples.digest(text), "min_fidelity": 0.75}
    return regional(explanations=[stated], **{"surrogate.json": text})


def _first_region() -> Files:
    files = regional(('    region: Literal["east", "north", "south", "west"]\n', "    region: str\n"))
    known = 'offer.region if offer.region in {"east", "north", "south", "west"} else "east"'
    return edited(files, "serve.py", "[[offer.region,", f"[[{known},")


LIES: Final = [
    _price(
        "a service that rounds down to a negative price",
        "out-of-range",
        "-0.01",
        "-0.01 if units == 1 else float(model.predict([[units]])[0])",
    ),
    _price(
        "a service that answers NaN",
        "out-of-range",
        "nan",
        'float("nan") if units > 22 else float(model.predict([[units]])[0])',
    ),
    _price(
        "a service that answers infinity",
        "out-of-range",
        "inf",
        '-float("inf") if units == 24 else float(model.predict([[units]])[0])',
    ),
    _price("a service that answers text", "out-of-range", "no finite number", "str(model.predict([[units]])[0])"),
    _price("a service that answers in cents", "other-answers", "700", "float(model.predict([[units]])[0]) * 100"),
    _price("a service that asks another model", "other-answers", "recorded is 7", "2.1 * units + 1.0"),
    _price(
        "a discount that makes twenty cheaper than nineteen",
        "not-monotone",
        "the service answers",
        "float(model.predict([[units]])[0]) * (0.5 if units >= 20 else 1.0)",
    ),
    _price(
        "a service that raises for many units",
        "model-fails",
        "ZeroDivisionError",
        "float(model.predict([[units]])[0]) + 0 / (units < 21)",
    ),
    _service("a safe default that is another one", "not-enforced", "safe default", "units = 6 if", "units = 23 if"),
    _service("a service without its confidence", "no-confidence", "width", ', "width": 4.0', ""),
    _service("a confidence of NaN", "no-confidence", "width", '"width": 4.0', '"width": float("nan")'),
    _service(
        "a service that takes what is out of the domain",
        "not-enforced",
        "just above the domain is answered",
        "Field(ge=1, le=24)",
        "Field(ge=1)",
    ),
    _service(
        "a service that takes text for numbers",
        "not-enforced",
        "a number as text is answered",
        "strict=True",
        "strict=False",
    ),
    _service(
        "a service that takes inputs that there are not",
        "not-enforced",
        "an input that there is not",
        'extra="forbid"',
        'extra="ignore"',
    ),
    _service(
        "a service that swallows what it can't read",
        "not-enforced",
        "is answered",
        "    offer = Offer.model_validate(event)\n",
        SWALLOWED,
    ),
    _service(
        "a service that refuses what it promises to default",
        "not-enforced",
        "not answered with the safe default",
        "] | None = None",
        "]",
    ),
    _executed(
        "an unknown region priced as the first one",
        "not-enforced",
        "an unknown category is answered",
        _first_region,
    ),
    _executed(
        "-1 for an unknown category", "unknown-becomes-number", "into -1", lambda: regional(None, trained(unknown=True))
    ),
    _executed(
        "a category that the model does not know",
        "other-vocabulary",
        "the model does not know moon",
        lambda: regional(inputs={**INPUTS, "region": {**REGION, "vocabulary": [*REGIONS, "moon"]}}),
    ),
    _executed(
        "a promise of monotony that does not hold",
        "not-monotone",
        "expected increasing in",
        lambda: regional(None, trained(bound=False)),
    ),
    _executed(
        "the contrary of how the price goes",
        "not-monotone",
        "expected decreasing",
        lambda: line(outputs=samples.output(monotone={"units": "decreasing"})),
    ),
    _executed(
        "an output range that the model breaks",
        "out-of-range",
        "FAILED",
        lambda: line(outputs=samples.output(max=40.0)),
    ),
    _executed(
        "golden records of another model",
        "other-answers",
        "recorded is",
        lambda: regional(**{"golden.jsonl": golden(trained(shift=30.0))}),
    ),
    _explained(
        "a SHAP file of a retrained model with the digest copied over",
        "add up to",
        "shap",
        _same,
        lambda: trained(shift=30.0),
    ),
    _explained("a SHAP file that adds up and is shared out wrongly", "worked out again it is", "shap", _shared_out),
    _explained("edited importances", "worked out again it is", "permutation", _swapped("importances")),
    _explained("edited importances of another program", "agree by", "permutation", _by_another_program),
    _explained("an inflated surrogate fidelity", "said to be 0.999", "surrogate", _inflated),
    _explained(
        "a surrogate of a retrained model", "fidelity", "surrogate", _same, lambda: trained(rows=60, shift=200.0)
    ),
    _executed(
        "less fidelity than is promised",
        "explanation-wrong",
        "promises at least",
        _less_than_promised,
    ),
]
