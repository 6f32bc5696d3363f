"""The rules of `interpretability-manifest` about explanations."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks import _manifest_samples as samples

PASSING = Example(files=samples.files(), notes=samples.NOTES)


class NoExplanation(Rule):
    """Nothing explains the model.

    What it checks:
        That at least one explanation (SHAP values, permutation importance, or a surrogate) is declared, with its
        digest.

    Why it matters:
        Who is paged must know which inputs the answer hangs on.

    What it can't see:
        Whether the explanation is understood.

    How to fix:
        Run `gatekeeper manifest explain CANDIDATE --method shap --data FILE -o shap.json`, and declare it under
        `explanations`.
    """

    code: ClassVar[str] = "interpretability-manifest/no-explanation"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(explanations=None), notes=samples.NOTES)


class ExplanationOfAnother(Rule):
    """An explanation is not of this model.

    What it checks:
        That the file has the declared digest, and names the artifact's digest,
        the inputs, and the data of the baseline.

    Why it matters:
        An explanation is made once and carried on from release to release.

    What it can't see:
        Whether the rows are typical of the data.

    How to fix:
        Make it again for this artifact: `gatekeeper manifest explain`.
    """

    code: ClassVar[str] = "interpretability-manifest/explanation-of-another-model"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(**{"shap.json": samples.shap(b"another model")}), notes=samples.NOTES
    )


class ExplanationWrong(Rule):
    """An explanation is not borne out by the model.

    What it checks:
        SHAP values plus the expected value must add up to what this model gives on each row, and exact ones come out
        again; permutation importances are worked out again on the same rows with the same seed; so is the fidelity of a
        surrogate.

    Why it matters:
        Additivity is an exact proof that the file belongs to this artifact. A digest alone can be copied.

    What it can't see:
        Values of another program that add up and are shared out wrongly; without background rows they can't be worked
        out again.

    How to fix:
        Make it again for this artifact: `gatekeeper manifest explain`.
    """

    code: ClassVar[str] = "interpretability-manifest/explanation-wrong"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(**{"shap.json": samples.shap(slope=3.0)}), notes=samples.NOTES
    )
