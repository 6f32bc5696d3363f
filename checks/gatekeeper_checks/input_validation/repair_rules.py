"""The rules of `input-validation` about what is repaired silently on the way from an endpoint to its model."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.input_validation import samples

_MODEL = f"\n\nclass PricingInput(BaseModel):\n{samples.CONFIG}\n{samples.UNIT_COST}\n"
_REQUEST = '\n@app.post("/price")\nasync def price(request: Request) -> float:\n'
_PREDICT = "    return float(model.predict([[checked.unit_cost]])[0])\n"


class SentinelDefault(Rule):
    """A constant stands in for a value that a request does not say.

    What it checks:
        `.get(key, -1)`, `.pop(key, 0)`, `setdefault`, `x or 0`, `x if ... else -1`, `getattr(x, name, 0)` and
        `{**DEFAULTS, **request}`, on data of a request that no model has checked and that goes on to one.

    Why it matters:
        To the model -1 is a number like any other. It answers, and the answer looks like every other answer.

    What it can't see:
        Defaults that a table or a function gives.

    How to fix:
        Pass the request to the model as it is. Declare a safe default in the manifest where there is one.
    """

    code: ClassVar[str] = "input-validation/sentinel-default"
    passing: ClassVar[Example] = samples.STRICT
    failing: ClassVar[Example] = samples.service(
        f"{_MODEL}{_REQUEST}    body = await request.json()\n"
        f'    checked = PricingInput.model_validate({{"unit_cost": body.get("unit_cost", 1.0)}})\n{_PREDICT}'
    )


class SilentRepair(Rule):
    """Input is repaired until it fits.

    What it checks:
        `fillna(...)`, `nan_to_num`, `replace(nan, ...)`, `errors="coerce"`, `reindex` of raw records, `float(x)` of a
        raw value, `model_copy(update=...)`: on what goes on to the model. A mapping of declared defaults on checked
        data is no such repair.

    Why it matters:
        Each of them turns an error of the client into a number. `reindex` makes NaN of a missing column, `fillna(-1)`
        makes -1 of NaN: that was the incident.

    What it can't see:
        Imputers that were fitted with the model: they are part of it.

    How to fix:
        Refuse the request: the input model does it. Take safe defaults from the manifest.
    """

    code: ClassVar[str] = "input-validation/silent-repair"
    passing: ClassVar[Example] = samples.STRICT
    failing: ClassVar[Example] = samples.model(
        handler=samples.HANDLER.replace("[request.model_dump()])", "[request.model_dump()]).fillna(-1)")
    )


class ExceptionSwallowed(Rule):
    """An exception of parsing or predicting becomes an answer.

    What it checks:
        `except` clauses and `contextlib.suppress` around reading a request, validating it, or asking the model: that
        none of them passes, goes on, returns a constant, or puts a constant in the place of what failed. One that
        raises, or answers with the status of an error, is right.

    Why it matters:
        The price was -0.01 for three days because a broad `except` made an answer of an AttributeError.

    What it can't see:
        A fallback that is worked out by a function; the guard's fallback is held to the manifest elsewhere.

    How to fix:
        Let it raise: the server makes an error of it, and the monitoring sees it. Or answer 422 or 503.
    """

    code: ClassVar[str] = "input-validation/exception-swallowed"
    passing: ClassVar[Example] = samples.STRICT
    failing: ClassVar[Example] = samples.model(
        handler='\n@app.post("/price")\ndef price(request: PricingInput) -> float:\n    try:\n'
        "        return float(model.predict(pd.DataFrame([request.model_dump()]))[0])\n"
        "    except Exception:\n        return -0.01\n"
    )
