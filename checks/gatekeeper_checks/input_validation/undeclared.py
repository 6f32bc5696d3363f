"""What `input-validation` says of a candidate that declares no serving code. Nothing of the walk is loaded for it."""

from __future__ import annotations

from gatekeeper.candidate import Candidate
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Examined, Unable
from gatekeeper_checks.input_validation import entry_rules


def judge(candidate: Candidate) -> Examined | Unable:
    """Return the finding that there is no code to be looked at."""
    inquiry = Inquiry()
    inquiry.findings.append(
        entry_rules.NoCode.finding(
            "`code.paths` names no file, expected the code that serves the model",
            fix="code: {paths: [serving]}",
            at=candidate.at("code.paths"),
        )
    )
    return inquiry.conclude()
