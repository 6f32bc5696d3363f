"""The rules of `version-pinning` about holds: packages that stay at a version for a reason."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule, Severity
from gatekeeper_checks._samples import SIX, SIX_NEWER
from gatekeeper_checks.version_pinning.samples import held

_KEPT = held(SIX, "2999-12-31")


class HoldBroken(Rule):
    """A package is held at a version, and a lock has another.

    What it checks:
        While the day in `until` (UTC) is not over, each declared lock pins exactly the version of the hold; a part
        behind `+` counts. A receipt named by `lifted_by` that proves production's environment allows another one.

    Why it matters:
        The reason for a hold is known to whoever wrote it. The next person sees an old version and raises it.

    What it can't see:
        Whether the reason still holds.

    How to fix:
        Pin the held version; or run the integration suite with the new one and name the receipt in `lifted_by`.
    """

    code: ClassVar[str] = "version-pinning/hold-broken"
    passing: ClassVar[Example] = _KEPT
    failing: ClassVar[Example] = held(SIX_NEWER, "2999-12-31")


class HoldExpired(Rule):
    """The day of a hold is over, and nobody decided again.

    What it checks:
        `until` of each hold against the day of the run in UTC. Told in `dev` and `ci` while the locks still pin the
        version; an error in `release`, and wherever a lock has another one.

    Why it matters:
        A hold that ends in silence either stays for years, with the security fixes that it keeps out, or goes without
        anybody asking whether its reason has gone.

    What it can't see:
        Whether the reason still holds.

    How to fix:
        Set a later day and say why, or take the hold out.
    """

    code: ClassVar[str] = "version-pinning/hold-expired"
    severity: ClassVar[Severity] = Severity.NOTE
    passing: ClassVar[Example] = _KEPT
    failing: ClassVar[Example] = held(SIX, "2020-01-31")
