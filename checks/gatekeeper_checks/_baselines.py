"""The baseline, for the checks that hold something else against it."""

from __future__ import annotations

from gatekeeper.candidate import Candidate
from gatekeeper.contract.baseline.arithmetic import flaws
from gatekeeper.contract.baseline.document import read
from gatekeeper.contract.baseline.facts import Baseline
from gatekeeper.inquiry import Inquiry


def sound_baseline(candidate: Candidate, inquiry: Inquiry) -> Baseline | None:
    """Return the declared baseline; None where there is none, or it does not add up: the check `baseline` tells.

    One that can't be read is noted as an obstacle.
    """
    path = candidate.policy.baseline
    if path is None:
        return None
    fact = inquiry.attempt(lambda: candidate.fact(path, read, Baseline, key="baseline"))
    return fact.value if fact is not None and not any(flaws(fact.value)) else None
