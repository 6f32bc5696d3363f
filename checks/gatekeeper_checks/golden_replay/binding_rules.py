"""The rules of `golden-replay` on the golden records themselves: declared, bound, enough of them, and decidable."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.golden_replay import samples


class NotDeclared(Rule):
    """Nobody has written down what the model answers.

    What it checks:
        That `golden` names golden records, and that there is something to ask: `code.predictor`, or an artifact.

    Why it matters:
        "It unpickles" proves nothing. With the versions of incident 4092-X every estimator loaded, and gradient
        boosting died at `predict`. Trees of scikit-learn 1.3 and 1.4 answer differently without a word.

    What it can't see:
        Whether the recorded answers are right: they are what the model said when somebody approved it.

    How to fix:
        Run `gatekeeper golden record . --inputs FILE` on requests as production has them, look at what it writes, and
        add `golden: golden`.
    """

    code: ClassVar[str] = "golden-replay/not-declared"
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(policy=samples.POLICY.replace("golden: golden.jsonl\n", ""))
    )


class Unbound(Rule):
    """Golden records say of no model that they are its.

    What it checks:
        That the golden file begins with a header that names the artifacts' digests, the types and scales of the
        outputs, and what recorded it.

    Why it matters:
        Answers without a model can be any model's. Without an output's scale, 0.01 % of a number near zero is noise.

    What it can't see:
        Whether the header is honest; it is written by `gatekeeper golden record`, and the records carry a digest.

    How to fix:
        Record them: `gatekeeper golden record . --inputs FILE --reason "..."`. The file itself can be FILE.
    """

    code: ClassVar[str] = "golden-replay/unbound"
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(unbound=True))


class OfAnotherModel(Rule):
    """Golden records are another model's.

    What it checks:
        That the digests in the golden file's header are those of the candidate's artifacts, and that it was recorded
        from the predictor which the policy names.

    Why it matters:
        A model that was trained again and still "passes" the old records was either not changed or not asked.

    What it can't see:
        A change of the serving code alone: that is what replaying is for.

    How to fix:
        If the new model is meant: `gatekeeper golden record . --inputs FILE --reason "trained on May"`. The old values
        are kept, and the difference is shown.
    """

    code: ClassVar[str] = "golden-replay/of-another-model"
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(recorded_from={"model.pkl": "sha256:" + 64 * "0"}))


class TooFewRecords(Rule):
    """There are too few golden records to tell much.

    What it checks:
        That there are at least `replay.min_records` of them (30).

    Why it matters:
        Measured on a boosted model, one record finds a leaf that is 10 % off in 12 of 100 cases, 100 records in 70.

    What it can't see:
        Whether the records are spread well; the report says which share of requests a change may be confined to and
        still be found, and which inputs never vary.

    How to fix:
        Record more: `gatekeeper golden record . --inputs FILE --n 100 --reason "more records"`.
    """

    code: ClassVar[str] = "golden-replay/too-few-records"
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(policy=samples.POLICY.replace("min_records: 2, ", "")))


class NoTolerance(Rule):
    """An output is of a type that can't keep to 0.01 %, and nobody says how far it may be away.

    What it checks:
        That an output which was recorded as float16 or bfloat16 has a relative tolerance in `replay.outputs`.

    Why it matters:
        Two neighbours in bfloat16 are 0.8 % apart: 0.01 % would fail any other machine, or pass nothing but equality.

    What it can't see:
        What deviation your users can live with.

    How to fix:
        Measure the model against its float32 original, and write `replay: {outputs: {NAME: {dtype: bfloat16, relative:
        0.02}}}`.
    """

    code: ClassVar[str] = "golden-replay/no-tolerance"
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.HALF, dtype="float16"))
