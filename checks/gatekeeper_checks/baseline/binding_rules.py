"""The rules of `baseline` about whether it is there, adds up, and belongs to this candidate."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks import _baseline_samples as samples

PASSING = Example(files=samples.files(), notes=samples.NOTES)
_OTHER = {"name": "model.pkl", "sha256": f"sha256:{'0' * 64}"}


class NotDeclared(Rule):
    """The policy declares no baseline.

    What it checks:
        That `baseline` names the file that `gatekeeper baseline build` wrote from the training data.

    Why it matters:
        The model of incident 4092-X met bots in May. Nobody could say that this was not what it had been trained on,
        because nothing of the training data had come with it.

    What it can't see:
        Whether the model takes columns at all. One that takes pictures needs a waiver, or a baseline of what is
        measured on them.

    How to fix:
        Run `gatekeeper baseline build DATA --time COL --artifact FILE --lock FILE -o baseline.json` where the model was
        trained, and add `baseline: baseline.json`.
    """

    code: ClassVar[str] = "baseline/not-declared"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files={
            "gatekeeper.yaml": "schema: gatekeeper/candidate@1\nname: pricing\nartifacts: [model.pkl]\n",
            "model.pkl": samples.MODEL,
        },
        notes=samples.NOTES,
    )


class DoesNotAddUp(Rule):
    """The baseline's numbers do not add up.

    What it checks:
        That the counts of each column grow from edge to edge and end at its number of values, that values and missing
        ones make up all rows, that the mean lies between the smallest and the largest value, that categories, months
        and blocks have as many rows as the data.

    Why it matters:
        What does not add up was edited, or written by something else. A threshold that was loosened by hand is how an
        alert was kept quiet.

    What it can't see:
        An edit that keeps every sum. Sign the release: the sign-off binds the file's digest.

    How to fix:
        Build it again from the data.
    """

    code: ClassVar[str] = "baseline/does-not-add-up"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(features=[samples.feature([100] * 12, n=1100, missing=100)]), notes=samples.NOTES
    )


class OfAnotherModel(Rule):
    """The baseline belongs to none of the candidate's artifacts.

    What it checks:
        That the sha256 of an artifact which the baseline names is the one of a file under `artifacts`.

    Why it matters:
        A model that was trained again has another distribution behind it. Drift from last year's data is no drift, and
        the reverse.

    What it can't see:
        Whether the model was really trained on that data; the training record says so, if it names the data's digest.

    How to fix:
        Build the baseline with `--artifact FILE`, from the data that this model was trained on.
    """

    code: ClassVar[str] = "baseline/of-another-model"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(artifact=_OTHER), notes=samples.NOTES)


class OfAnotherEnvironment(Rule):
    """The baseline was not built with the candidate's training lock.

    What it checks:
        That the sha256 of the lock which the baseline names is the one of `environment.training`.

    Why it matters:
        What a column holds after preparation depends on the versions that prepared it.

    What it can't see:
        Whether the lock was installed when the baseline was built.

    How to fix:
        Build the baseline with `--lock FILE`, again whenever the lock changes.
    """

    code: ClassVar[str] = "baseline/of-another-environment"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(lock=None), notes=samples.NOTES)


class OtherFeatures(Rule):
    """The baseline has other features than the model, or in another order.

    What it checks:
        That the baseline's features are those that the artifact says it was fitted with (`feature_names_in_`), in the
        same order.

    Why it matters:
        A model that takes columns by place and gets them in another order answers without a word.

    What it can't see:
        The names of a model that was fitted on arrays: it has none.

    How to fix:
        Build the baseline of the columns that the model takes; name the others with `--target`, `--time`, `--ignore`.
    """

    code: ClassVar[str] = "baseline/other-features"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.with_names(("units", "stock")), notes={"model.pkl": "an estimator fitted on units and stock"}
    )
