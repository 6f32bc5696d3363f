"""A check of our own: the candidate's runbook says whom to call at night."""

from dataclasses import dataclass
from typing import BinaryIO, ClassVar

from gatekeeper import About, Candidate, Examined, Inquiry, Location, Rule, Unable


class NobodyToCall(Rule):
    """The runbook names nobody to call."""

    code: ClassVar[str] = "runbook/nobody-to-call"


def people(runbook: BinaryIO) -> list[str]:
    """Return whom the runbook names; the gate reads and hashes the file once, for all checks."""
    lines = runbook.read().decode(errors="replace").splitlines()
    return [line.removeprefix("Call: ") for line in lines if line.startswith("Call: ")]


@dataclass(frozen=True)
class Runbook:
    """The fields are its options: `checks: {runbook: {path: docs/RUNBOOK.md}}`."""

    about: ClassVar[About] = About(id="runbook", title="The runbook says whom to call", rules=(NobodyToCall,))
    path: str = "RUNBOOK.md"

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Judge the file. One that can't be read leaves the verdict undecided: it is never a pass."""
        inquiry = Inquiry()
        fact = inquiry.attempt(lambda: candidate.fact(self.path, people, list[str], key="checks.runbook"))
        if fact is not None:
            inquiry.evidence.append(candidate.evidence(self.path, fact, {"people": len(fact.value)}))
            if not fact.value:
                message, fix = "got no line `Call: NAME`, expected one", "write down who answers at night"
                inquiry.findings.append(NobodyToCall.finding(message, fix=fix, at=Location(path=self.path)))
        return inquiry.conclude()
