"""The rules of `input-validation` about a model and the inputs that the manifest declares."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.input_validation import samples
from gatekeeper_checks.input_validation.samples import REGION, STOCK, UNIT_COST


class FieldMissing(Rule):
    """The manifest declares an input that the model does not have.

    What it checks:
        That each input of the manifest which is not derived is a field of the model, by its name in the request.

    Why it matters:
        The model behind is fed something in its place, and the manifest says nothing of what that is.

    What it can't see:
        Inputs that the service looks up elsewhere: declare them as derived.

    How to fix:
        Add the field, or correct the manifest.
    """

    code: ClassVar[str] = "input-validation/field-missing"
    passing: ClassVar[Example] = samples.MATCHING
    failing: ClassVar[Example] = samples.declared(REGION + UNIT_COST)


class FieldUnknown(Rule):
    """The model has a field that the manifest does not declare.

    What it checks:
        That each field of the model which carries the declared inputs is one of them.

    Why it matters:
        What is not declared has no range, no kill-switch, and no baseline: nobody watches it.

    What it can't see:
        Whether the field is used. A model around it, with an identifier of the request, is not held to this.

    How to fix:
        Declare the input, or move the field to a model around this one.
    """

    code: ClassVar[str] = "input-validation/field-unknown"
    passing: ClassVar[Example] = samples.MATCHING
    failing: ClassVar[Example] = samples.declared(
        REGION + UNIT_COST + STOCK + "    discount: Annotated[float, Field(ge=0, le=1)]\n"
    )


class OtherType(Rule):
    """A field is of another type than the input.

    What it checks:
        That a number takes numbers, an integer nothing but whole ones, and that neither takes true and false.

    Why it matters:
        A whole number that arrives as 2.5 is another input than the model was trained on; true counts as 1.

    What it can't see:
        Types that code makes; they are told as unjudged.

    How to fix:
        Annotate the field as the manifest declares the input.
    """

    code: ClassVar[str] = "input-validation/other-type"
    passing: ClassVar[Example] = samples.MATCHING
    failing: ClassVar[Example] = samples.declared(REGION + UNIT_COST + STOCK.replace("int", "float"))


class OtherRange(Rule):
    """A field takes another range than the manifest declares.

    What it checks:
        That the bounds of a number are those of the manifest, which belong to the range on both sides.

    Why it matters:
        Wider, it lets in what the output range was not proved for. Narrower, it refuses what the model is there for.

    What it can't see:
        Conditions of the code behind the model.

    How to fix:
        Write the declared bounds: `Annotated[float, Field(ge=1, le=500)]`.
    """

    code: ClassVar[str] = "input-validation/other-range"
    passing: ClassVar[Example] = samples.MATCHING
    failing: ClassVar[Example] = samples.declared(REGION + UNIT_COST.replace("500.0", "5000.0") + STOCK)


class OpenVocabulary(Rule):
    """A category may be any text.

    What it checks:
        That the field of a category is a `Literal` or an enumeration.

    Why it matters:
        The region that the encoder did not know became -1, and the price with it.

    What it can't see:
        A mapping of unknown words behind the model.

    How to fix:
        `Literal["east", "north"]`, with the words of the manifest.
    """

    code: ClassVar[str] = "input-validation/open-vocabulary"
    passing: ClassVar[Example] = samples.MATCHING
    failing: ClassVar[Example] = samples.declared("    region: str\n" + UNIT_COST + STOCK)


class OtherVocabulary(Rule):
    """A category has other words than the manifest declares.

    What it checks:
        That the words of the field are those of the manifest, no more and no less.

    Why it matters:
        A word more is one that the encoder was not fitted on. A word less refuses customers whom the model knows.

    What it can't see:
        Values of an enumeration that code makes; they are told as unjudged.

    How to fix:
        Write the words of the manifest.
    """

    code: ClassVar[str] = "input-validation/other-vocabulary"
    passing: ClassVar[Example] = samples.MATCHING
    failing: ClassVar[Example] = samples.declared(REGION.replace('"north"', '"north", "mars"') + UNIT_COST + STOCK)


class OtherDefault(Rule):
    """A missing or unknown value is treated in another way than the manifest promises.

    What it checks:
        That a field whose missing value is refused is required and takes no null; that one whose missing value takes
        the safe default may be missing, with null or that default in its place; and that another category is refused,
        or that something maps it.

    Why it matters:
        A default that nobody declared is a made-up value. A promised one that is not there is an outage.

    What it can't see:
        Which value stands for null in the end: that is the guard's part.

    How to fix:
        Refused: no default and no `| None`. Safe default: `Annotated[int, Field(ge=0, le=500)] | None = None`.
    """

    code: ClassVar[str] = "input-validation/other-default"
    passing: ClassVar[Example] = samples.MATCHING
    failing: ClassVar[Example] = samples.declared(REGION + UNIT_COST.rstrip("\n") + " | None = None\n" + STOCK)
