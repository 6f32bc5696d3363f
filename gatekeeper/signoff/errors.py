"""The one error of the package that is no wrong usage: a file of a release is not what a sign-off wrote."""

from __future__ import annotations

from gatekeeper.errors import GatekeeperError


class Broken(GatekeeperError):
    """A file of a release can't be what was signed. Whoever verifies says no; it is never "could not decide"."""

    exit_code = 1

    def __init__(self, what: str) -> None:
        super().__init__(what, fix="get the release again from where it was signed")
