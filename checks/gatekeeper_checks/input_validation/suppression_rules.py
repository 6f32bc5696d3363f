"""The rules of `input-validation` about comments that suppress its findings."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.input_validation import samples

_REASON = "# noqa: input-validation/raw-input -- the gateway in front validates it"


def _commented(comment: str, code: str, statement: str) -> Example:
    return samples.service(code.replace(f"{statement}\n", f"{statement}  {comment}\n"))


_RAW = "(await request.json())"
_SERVICE = f"""\

@app.post("/price")
async def price(request: Request) -> float:
    body = {_RAW}
    return model.predict(body)
"""


class SuppressionWithoutReason(Rule):
    """A suppression does not say why.

    What it checks:
        That each `# noqa: CODE` for a code of this check goes on with ` -- ` and a reason. Without one it suppresses
        nothing. Codes of other checks and tools are none of its business.

    Why it matters:
        The next person who reads the line, perhaps at night, must know whether the reason still holds.

    What it can't see:
        Whether the reason is a good one: each is printed in the report for a person to read.

    How to fix:
        Write it as `# noqa: input-validation/raw-input -- why this is meant`.
    """

    code: ClassVar[str] = "input-validation/suppression-without-reason"
    passing: ClassVar[Example] = _commented(_REASON, _SERVICE, _RAW)
    failing: ClassVar[Example] = samples.model(
        handler=samples.HANDLER.replace(":\n", ":  # noqa: input-validation/no-model\n", 1)
    )


class UnusedSuppression(Rule):
    """A suppression suppresses nothing.

    What it checks:
        That each code of this check in a `# noqa` comment is one that it has, and that it is reported for the statement
        which the comment stands in.

    Why it matters:
        A comment that is left behind hides the next defect of the line, which nobody has judged.

    What it can't see:
        Whether a comment for code that no endpoint reaches was needed once.

    How to fix:
        Delete the code from the comment, or correct its spelling.
    """

    code: ClassVar[str] = "input-validation/unused-suppression"
    passing: ClassVar[Example] = _commented(_REASON, _SERVICE, _RAW)
    failing: ClassVar[Example] = samples.model(handler=samples.HANDLER.replace(":\n", f":  {_REASON}\n", 1))
