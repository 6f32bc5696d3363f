"""The rules of `input-validation` about a model itself, whatever the manifest declares."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.input_validation import samples


class NotStrict(Rule):
    """A model converts what it is given.

    What it checks:
        That `strict=True` holds for each field of the model and of those nested in it: by `ConfigDict`, by the class's
        keywords, by `class Config`, by `Field`, by a strict type, or by the call that validates.

    Why it matters:
        Without it "12" is a number, and so is true. The client that sends them is broken, and nobody hears of it.

    What it can't see:
        A base class that is not in the declared code; it is told as unjudged.

    How to fix:
        `model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)`.
    """

    code: ClassVar[str] = "input-validation/not-strict"
    passing: ClassVar[Example] = samples.STRICT
    failing: ClassVar[Example] = samples.model(config=samples.CONFIG.replace("strict=True, ", ""))


class ExtraAllowed(Rule):
    """A model takes fields that it does not have.

    What it checks:
        That `extra="forbid"` holds for the model and for those nested in it. Pydantic's own default ignores them.

    Why it matters:
        A misspelt name is dropped without a word, and the value that was meant is missing.

    What it can't see:
        What a gateway in front of the service takes out of a request.

    How to fix:
        `model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)`.
    """

    code: ClassVar[str] = "input-validation/extra-allowed"
    passing: ClassVar[Example] = samples.STRICT
    failing: ClassVar[Example] = samples.model(config=samples.CONFIG.replace('extra="forbid", ', ""))


class NotFinite(Rule):
    """A number may be NaN or infinite.

    What it checks:
        That each field that takes a float has `allow_inf_nan=False`, by the configuration, by `Field` or as
        `FiniteFloat`. Bounds do not stand in for it: with a lower one alone infinity passes, and which bounds stop NaN
        depends on the version of Pydantic.

    Why it matters:
        `json.loads` reads NaN and Infinity. Every comparison with NaN is false, so no later limit trips on it.

    What it can't see:
        Floats inside of a field that takes any object.

    How to fix:
        `model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)`.
    """

    code: ClassVar[str] = "input-validation/not-finite"
    passing: ClassVar[Example] = samples.STRICT
    failing: ClassVar[Example] = samples.model(config=samples.CONFIG.replace(", allow_inf_nan=False", ""))


class Unjudged(Rule):
    """What a model takes can't be told without running the code.

    What it checks:
        Validators that run before a model's own checks or in their place, an `__init__` of its own, types, bounds,
        defaults and configuration that code makes, bases and models that are not in the declared code. Where the
        manifest promises a default for the field, code before the checks is to be expected: then it is a note.

    Why it matters:
        `field_validator(mode="before")` may turn anything into something that passes. What nobody could read, nobody
        has approved.

    What it can't see:
        What the code does.

    How to fix:
        Write constants, and validators of mode `after`. Or suppress it with the reason why it is right.
    """

    code: ClassVar[str] = "input-validation/unjudged"
    passing: ClassVar[Example] = samples.STRICT
    failing: ClassVar[Example] = samples.model(
        samples.REGION
        + samples.STOCK
        + "    unit_cost: Annotated[float, BeforeValidator(float), Field(ge=1, le=500)]\n"
    )
