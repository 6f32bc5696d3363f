"""The rules of `interpretability-manifest` about what may be fed to the model."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks import _manifest_samples as samples

PASSING = Example(files=samples.files(), notes=samples.NOTES)


class OtherInputs(Rule):
    """The inputs are not those of the model.

    What it checks:
        That the manifest names the inputs that the model was fitted with, in their order, and that baseline and golden
        records have the same. Inputs marked `derived` are left out of requests.

    Why it matters:
        A model that takes columns by place and gets them in another order answers without a word.

    What it can't see:
        The names of a model that was fitted on arrays: it has none.

    How to fix:
        Name the inputs as the model has them, in its order.
    """

    code: ClassVar[str] = "interpretability-manifest/other-inputs"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(**{"baseline.json": samples.baseline(samples.MODEL, feature="pieces")}), notes=samples.NOTES
    )


class OtherVocabulary(Rule):
    """The vocabulary is not the one that the model knows.

    What it checks:
        That the categories of an input are those of the encoder in the model, and hold all that the baseline names.

    Why it matters:
        A category that the model never saw gets the answer of another one.

    What it can't see:
        Encoders outside the model file.

    How to fix:
        Take the categories from the model: `gatekeeper manifest draft` writes them.
    """

    code: ClassVar[str] = "interpretability-manifest/other-vocabulary"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.encoded(vocabulary=("east", "north", "south")), notes=samples.ENCODED
    )


class UnknownBecomesNumber(Rule):
    """An unknown category becomes a number that the model answers to.

    What it checks:
        That no encoder in the model turns a category that it does not know into a code
        (`OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)`), unless the manifest says `unknown:
        default` and the serving code replaces it before.

    Why it matters:
        This is incident 4092-X: an unknown region became -1, the trees compared -1 with 0.5, and the price was that of
        the first region.

    What it can't see:
        An encoder that the serving code wrote itself; `input-validation` looks there.

    How to fix:
        Fit with `handle_unknown="error"`, or reject unknown categories before the model: `unknown: reject` and the
        generated input model.
    """

    code: ClassVar[str] = "interpretability-manifest/unknown-becomes-number"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.encoded(unknown="use_encoded_value"), notes=samples.ENCODED)


class NoDomain(Rule):
    """An input has no domain.

    What it checks:
        That each number has `min` and `max`, and each category its vocabulary and what is done with an unknown one.

    Why it matters:
        What is not bounded can't be checked, and is probed to the ends of what a float can be.

    What it can't see:
        Whether the bounds are wise; see `other-range`.

    How to fix:
        Write the bounds that the service enforces.
    """

    code: ClassVar[str] = "interpretability-manifest/no-domain"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(inputs={"units": {"kind": "integer", "unit": "pieces"}}), notes=samples.NOTES
    )


class OtherRange(Rule):
    """The domain of an input is not the one that the model was trained on.

    What it checks:
        That at most 1 in 1,000 training rows lies outside the declared domain, and that it is at most ten times as wide
        as what was seen.

    Why it matters:
        A narrower domain refuses real customers. In a far wider one the model has never been.

    What it can't see:
        Whether the training data was right.

    How to fix:
        Declare what was seen, or train on what is declared.
    """

    code: ClassVar[str] = "interpretability-manifest/other-range"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(inputs=samples.inputs(min=3)), notes=samples.NOTES)


class DefaultOutside(Rule):
    """A safe default is none.

    What it checks:
        That the value which stands for a missing or unknown one lies in the domain of the input.

    Why it matters:
        A default of -1 is how the incident priced what nobody had sent.

    What it can't see:
        Whether the default is a sensible one; the median of the training data is drafted.

    How to fix:
        Take a value of the domain.
    """

    code: ClassVar[str] = "interpretability-manifest/default-outside"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(inputs=samples.inputs(default=99)), notes=samples.NOTES)


class OtherUnit(Rule):
    """An input or output has another unit than in the training data.

    What it checks:
        That units declared in the manifest and in the baseline are the same.

    Why it matters:
        Cents that are taken for euros pass every type check.

    What it can't see:
        What the numbers really are.

    How to fix:
        Build the baseline with `--unit NAME=UNIT`, or correct the manifest.
    """

    code: ClassVar[str] = "interpretability-manifest/other-unit"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(inputs=samples.inputs(unit="kg")), notes=samples.NOTES)


class GoldenOutside(Rule):
    """A golden record lies outside what is declared.

    What it checks:
        That each golden record has the declared inputs, with values of their domains, and outputs within the declared
        ranges.

    Why it matters:
        The golden records are asked when the breaker is half open: one that is rejected keeps it open for ever.

    What it can't see:
        Records marked `"outside": true`, which are there to be refused.

    How to fix:
        Choose records of the domain, or mark them.
    """

    code: ClassVar[str] = "interpretability-manifest/golden-outside"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(
            **{"golden.jsonl": samples.GOLDEN + '{"inputs": {"units": 0}, "outputs": {"price": 1.0}}\n'}
        ),
        notes=samples.NOTES,
    )


class NotEnforced(Rule):
    """The service does not do what the manifest says it does.

    What it checks:
        That the production handler refuses what the manifest says is refused (missing, out of the domain, NaN, text for
        a number, an unknown category, an input that there is not), and answers where a
        safe default is promised, as it answers to that default.

    Why it matters:
        A declared domain that nothing enforces is how an unknown region was priced.

    What it can't see:
        Values that were not tried, and a refusal that comes as an answer with status 200.

    How to fix:
        Validate the request with the generated input model: `gatekeeper manifest generate --pydantic`.
    """

    code: ClassVar[str] = "interpretability-manifest/not-enforced"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(samples.HANDLED, **{"serving.py": samples.LAX}), notes=samples.NOTES
    )
