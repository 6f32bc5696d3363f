"""The rules of `input-validation` about how input comes into an endpoint."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.input_validation import samples


class NoCode(Rule):
    """The policy declares no serving code.

    What it checks:
        That `code.paths` names at least one file or folder.

    Why it matters:
        What a model is asked is decided by the code in front of it. A check that looked at no code has nothing to say,
        and must not look as if it had.

    What it can't see:
        Serving code that lies outside of the declared paths.

    How to fix:
        Name the folder of the service under `code.paths`.
    """

    code: ClassVar[str] = "input-validation/no-code"
    passing: ClassVar[Example] = samples.STRICT
    failing: ClassVar[Example] = samples.NO_CODE


class RawInput(Rule):
    """What a request says reaches the model unchecked.

    What it checks:
        Each way from an endpoint to a call of a model: a dict or a frame as a parameter, `await request.json()`,
        `json.loads(...)`, a model made by `model_construct`, an annotation that the framework does not enforce. A model
        of Pydantic must have checked it before the model is asked.

    Why it matters:
        A column that a request leaves out became NaN, NaN became -1, and -1 a price. Nothing raised.

    What it can't see:
        What a queue, a database or a file hands on from one process to another.

    How to fix:
        Take a Pydantic model as the parameter, or call `PricingInput.model_validate(...)` first.
        `gatekeeper manifest generate --pydantic` writes the model.
    """

    code: ClassVar[str] = "input-validation/raw-input"
    passing: ClassVar[Example] = samples.STRICT
    failing: ClassVar[Example] = samples.service(samples.RAW)


class NoModel(Rule):
    """An endpoint's input is typed or checked by hand, and by no model.

    What it checks:
        Endpoints whose input is plain parameters, a dataclass, a message of protobuf, or a mapping that conditions of
        the code or another library check.

    Why it matters:
        Types alone say nothing of NaN, of ranges and of words. Conditions written by hand can't be held against the
        manifest, and drift away from it with the next change of either.

    What it can't see:
        Whether the conditions are right: they may well be.

    How to fix:
        Take one Pydantic model. `gatekeeper manifest generate --pydantic` writes it from the manifest.
    """

    code: ClassVar[str] = "input-validation/no-model"
    passing: ClassVar[Example] = samples.STRICT
    failing: ClassVar[Example] = samples.service(
        '\n@app.post("/price")\ndef price(unit_cost: float, stock: int) -> float:\n'
        "    return float(model.predict([[unit_cost, stock]])[0])\n"
    )
