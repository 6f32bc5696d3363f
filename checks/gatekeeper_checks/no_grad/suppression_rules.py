"""The rules of `no-grad` about comments that suppress its findings."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.no_grad import samples


def _commented(comment: str, code: str) -> Example:
    return samples.serving(code.replace(".item()\n", f".item()  # {comment}\n"))


class SuppressionWithoutReason(Rule):
    """A suppression does not say why.

    What it checks:
        That each `# noqa: CODE` for a code of this check goes on with ` -- ` and a reason. Without one it suppresses
        nothing. Codes of other tools and a bare `# noqa` are none of its business.

    Why it matters:
        The next person who reads the line, perhaps at night, must know whether the reason still holds.

    What it can't see:
        Whether the reason is a good one: each is printed in the report for a person to read.

    How to fix:
        Write it as `# noqa: no-grad/unguarded-call -- why this is meant`.
    """

    code: ClassVar[str] = "no-grad/suppression-without-reason"
    passing: ClassVar[Example] = _commented(
        "noqa: no-grad/unguarded-call -- the weights are frozen by the exporter", samples.UNGUARDED
    )
    failing: ClassVar[Example] = _commented("noqa: no-grad/unguarded-call", samples.UNGUARDED)


class UnusedSuppression(Rule):
    """A suppression suppresses nothing.

    What it checks:
        That each code of a `# noqa` comment is one that this check has, and that it is reported for the statement
        which the comment stands in.

    Why it matters:
        A comment that is left behind hides the next defect of the line, which nobody has judged.

    What it can't see:
        Whether a comment for code that no entry point reaches was needed once.

    How to fix:
        Delete the code from the comment, or correct its spelling.
    """

    code: ClassVar[str] = "no-grad/unused-suppression"
    passing: ClassVar[Example] = _commented(
        "noqa: no-grad/unguarded-call -- the weights are frozen by the exporter", samples.UNGUARDED
    )
    failing: ClassVar[Example] = _commented(
        "noqa: no-grad/unguarded-call -- the weights are frozen by the exporter", samples.GUARDED
    )
