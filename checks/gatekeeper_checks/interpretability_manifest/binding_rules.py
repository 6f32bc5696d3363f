"""The rules of `interpretability-manifest` about whether it is there, whole, reviewed, and of these files."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks import _manifest_samples as samples

PASSING = Example(files=samples.files(), notes=samples.NOTES)


class NotDeclared(Rule):
    """The policy declares no manifest.

    What it checks:
        That `manifest` names the file in which the team says what may go into the model, what may come out, and what
        happens otherwise.

    Why it matters:
        Before incident 4092-X nobody had written down that a price is never negative. So nothing stopped at one.

    What it can't see:
        Whether the model needs one. A model that decides nothing about people or money needs a waiver instead.

    How to fix:
        Run `gatekeeper manifest draft CANDIDATE -o manifest.yaml`, decide what is marked open, and add `manifest:
        manifest.yaml`.
    """

    code: ClassVar[str] = "interpretability-manifest/not-declared"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files={
            "gatekeeper.yaml": "schema: gatekeeper/candidate@1\nname: pricing\nartifacts: [model.pkl]\n",
            "model.pkl": samples.MODEL,
        },
        notes=samples.NOTES,
    )


class NotValid(Rule):
    """The manifest is not well formed.

    What it checks:
        Keys, types, units, operators, ranges and days, each with its line and column; all errors at once.

    Why it matters:
        What is misspelt is not enforced: a guard without the kill-switch that somebody believes in.

    What it can't see:
        Whether a declaration is wise; the other rules ask the model.

    How to fix:
        Follow the fix of each line. `gatekeeper schema manifest` prints the JSON Schema for an editor.
    """

    code: ClassVar[str] = "interpretability-manifest/not-valid"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(outputs=samples.output(min=60.0, max=1.0)), notes=samples.NOTES
    )


class OpenMark(Rule):
    """Somebody still has to decide something.

    What it checks:
        That nothing stands under `open`: the drafted manifest puts there what only people can decide.

    Why it matters:
        A drafted bound is what the model did, not what the business may do.

    What it can't see:
        Whether the decision was thought about; the review says who answers for it.

    How to fix:
        Decide, correct the value, and delete the line under `open`.
    """

    code: ClassVar[str] = "interpretability-manifest/open-mark"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(open={"outputs.price.max": "what is the highest price that may be given?"}),
        notes=samples.NOTES,
    )


class Placeholder(Rule):
    """A text of the manifest says nothing.

    What it checks:
        That owner, on-call, runbook, reviewer and reasons are no placeholders such as TODO, TBD, n/a or example.com,
        and that the runbook is a link or a file of the candidate.

    Why it matters:
        At three in the morning the one who is paged opens the runbook.

    What it can't see:
        Whether the link leads to anything: nothing is fetched.

    How to fix:
        Write what is true.
    """

    code: ClassVar[str] = "interpretability-manifest/placeholder"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(
            owner={"team": "pricing", "oncall": "TODO", "runbook": "https://runbooks.example.org/pricing"}
        ),
        notes=samples.NOTES,
    )


class NotReviewed(Rule):
    """The review is none, or is over.

    What it checks:
        That author and reviewer are two, that the review is not of a day to come, has not expired, and expires within
        `max_review_days` (400).

    Why it matters:
        Who writes a bound is the last to see that it is too wide.

    What it can't see:
        Whether the reviewer has read it; the sign-off asks for a signature.

    How to fix:
        Have somebody else review the manifest, and write who, when and until when.
    """

    code: ClassVar[str] = "interpretability-manifest/not-reviewed"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(review={"author": "ana", "by": "Ana ", "day": "2026-01-01", "expires": "2026-06-30"}),
        notes=samples.NOTES,
    )


class OfAnotherModel(Rule):
    """The manifest was reviewed with other files.

    What it checks:
        That `model.artifact` is the sha256 of a file under `artifacts`; that the digests of baseline, golden records
        and training lock, where given, are those of the declared files.

    Why it matters:
        A bound that was true of last month's model says nothing of this one.

    What it can't see:
        Whether whoever changed a digest reviewed the model again.

    How to fix:
        Review the manifest with the new files, then write their digests: `gatekeeper manifest draft` prints them.
    """

    code: ClassVar[str] = "interpretability-manifest/of-another-model"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(model={"name": "pricing", "version": "7", "artifact": f"sha256:{'0' * 64}"}),
        notes=samples.NOTES,
    )


class WaiverEnded(Rule):
    """A waiver of the manifest has ended.

    What it checks:
        That each waiver has a reason and somebody who gives it, and ends on a day to come, at most 90 days ahead.

    Why it matters:
        The drift alert of incident 4092-X had been set to do nothing, for a week. That was two years before.

    What it can't see:
        Whether the reason is a good one.

    How to fix:
        Mend what is waived, or decide again: reason, by, until.
    """

    code: ClassVar[str] = "interpretability-manifest/waiver-ended"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(
            waivers=[{"of": "GatekeeperFeatureDrift", "reason": "too noisy", "by": "ana", "until": "2025-01-01"}]
        ),
        notes=samples.NOTES,
    )
