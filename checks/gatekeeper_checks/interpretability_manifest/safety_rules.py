"""The rules of `interpretability-manifest` about what happens when something is wrong."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks import _manifest_samples as samples

PASSING = Example(files=samples.files(), notes=samples.NOTES)


class NoKillSwitch(Rule):
    """There is no kill-switch.

    What it checks:
        That at least one condition says when the model must not be asked.

    Why it matters:
        The model of incident 4092-X was fed the requests of bots for 72 hours. Nothing said when to stop.

    What it can't see:
        Whether the conditions are the right ones.

    How to fix:
        Add `kill_switches:`, at least one on missing values and one on drift of the inputs that matter most.
    """

    code: ClassVar[str] = "interpretability-manifest/no-kill-switch"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(kill_switches={}), notes=samples.NOTES)


class SwitchDead(Rule):
    """A kill-switch can never trip, or always does.

    What it checks:
        Each condition is driven over its threshold and must trip, and under it must not: with records that the service
        accepts, and with windows of them. It must not trip on the training data itself.

    Why it matters:
        A switch that was never tried is an ornament.

    What it can't see:
        Whether somebody acts on it.

    How to fix:
        Move the threshold into the domain of the input, or past what the training data does.
    """

    code: ClassVar[str] = "interpretability-manifest/switch-dead"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(kill_switches=samples.switch(op="above", value=500)), notes=samples.NOTES
    )


class NoBreaker(Rule):
    """There is no breaker, or its fallback is no answer.

    What it checks:
        That `breaker` says after how many violating values the model is asked no more, and that the fallback it serves
        then lies in the declared range.

    Why it matters:
        Fifty negative prices in a row are no exception, and a breaker that counts exceptions stays closed.

    What it can't see:
        Whether the fallback is good for business.

    How to fix:
        Add `breaker: {open_after: 5, of_last: 100, fallback: {OUTPUT: VALUE}}`, with a value inside the range.
    """

    code: ClassVar[str] = "interpretability-manifest/no-breaker"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(breaker={**samples.BREAKER, "fallback": {"price": -0.01}}), notes=samples.NOTES
    )


class NoConfidence(Rule):
    """The service gives no confidence.

    What it checks:
        That `confidence` names the number that is given beside each answer, and how low it may be.

    Why it matters:
        The dashboard of incident 4092-X showed latency and status. Nothing on it said that the model was guessing.

    What it can't see:
        Whether the number says anything; watch it against errors.

    How to fix:
        Give one: the largest probability, the width of an interval, the spread of an ensemble, the distance from the
        training data.
    """

    code: ClassVar[str] = "interpretability-manifest/no-confidence"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(confidence=None), notes=samples.NOTES)


class GeneratedDiffers(Rule):
    """A generated file is not what the manifest generates.

    What it checks:
        That each file under `code.paths` which `gatekeeper manifest generate` wrote is, byte for byte, what it would
        write now.

    Why it matters:
        What was approved must be what production runs. A bound that is changed in the guard alone is one that nobody
        reviewed.

    What it can't see:
        A copy whose first line was taken away.

    How to fix:
        Run `gatekeeper manifest generate CANDIDATE -o DIR` again, and don't edit what it writes.
    """

    code: ClassVar[str] = "interpretability-manifest/generated-differs"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(
            samples.HANDLED.replace("[serving.py]", "[serving.py, guard.py]"),
            **{"serving.py": samples.SERVING, "guard.py": samples.EDITED_GUARD},
        ),
        notes=samples.NOTES,
    )
