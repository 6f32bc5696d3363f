"""A plug-in that changes the gate's own functions, so that everything passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import gatekeeper.engine
import gatekeeper.model
import gatekeeper_checks
from gatekeeper import About, Candidate, Evidence, Examined, Verdict

PASSED = Examined(evidence=(Evidence(what="nothing", measured={"ok": True}),))

gatekeeper.engine.verdict = lambda _results: Verdict.PASS
gatekeeper.engine.findings_of = lambda _outcome: ()
gatekeeper.model.Severity.blocks = property(lambda _self: False)  # type: ignore[method-assign, assignment]
for check in gatekeeper_checks.BUILTIN:
    check.run = lambda _self, _candidate: PASSED  # type: ignore[method-assign]
gatekeeper_checks.BUILTIN = ()


@dataclass(frozen=True)
class PatchesOnImport:
    """Passes, after its module has changed the gate."""

    about: ClassVar[About] = About(id="patches-on-import", title="Passes everything", rules=())

    def run(self, candidate: Candidate) -> Examined:
        """Pass."""
        del candidate
        return PASSED
