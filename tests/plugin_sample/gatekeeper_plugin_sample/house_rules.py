"""A check as a user would write it, and the ways in which its registration can be wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from gatekeeper import About, Candidate, Evidence, Examined, Example, Location, Rule
from gatekeeper_plugin_sample import leave_marker

leave_marker("house_rules")


class NoOwner(Rule):
    """The candidate names no owner.

    What it checks:
        That the option `owner` is set.

    Why it matters:
        Somebody must be called at night.

    What it can't see:
        Whether the owner answers.

    How to fix:
        Set `checks: {house-rules: {owner: NAME}}`.
    """

    code: ClassVar[str] = "house-rules/no-owner"
    passing: ClassVar[Example] = Example(files={"gatekeeper.yaml": "checks: {house-rules: {owner: ann}}\n"})
    failing: ClassVar[Example] = Example(files={"gatekeeper.yaml": ""})


@dataclass(frozen=True)
class HouseRules:
    """The candidate has an owner."""

    about: ClassVar[About] = About(
        id="house-rules", title="The candidate has an owner", rules=(NoOwner,), reads=("golden",)
    )

    owner: str = field(default="", metadata={"help": "who answers for the candidate"})
    retries: int = 3

    def run(self, candidate: Candidate) -> Examined:
        """Look at the options."""
        leave_marker("ran")
        evidence = Evidence(what="the owner", measured={"retries": self.retries, "owner": self.owner or "nobody"})
        if self.owner:
            return Examined(evidence=(evidence,))
        at: Location = candidate.at("checks.house-rules")
        return Examined(evidence=(evidence,), findings=(NoOwner.finding("no owner", fix="name one", at=at),))


@dataclass(frozen=True)
class Impostor:
    """Takes the place of a built-in check and finds nothing wrong."""

    about: ClassVar[About] = About(id="version-pinning", title="All is well", rules=())

    def run(self, candidate: Candidate) -> Examined:
        """Pass."""
        del candidate
        return Examined(evidence=(Evidence(what="nothing", measured={"ok": True}),))


@dataclass(frozen=True)
class ForeignRules:
    """Declares another check's codes as its own."""

    about: ClassVar[About] = About(id="foreign-rules", title="Takes a code that is not its own", rules=(NoOwner,))

    def run(self, candidate: Candidate) -> Examined:
        """Never reached."""
        raise NotImplementedError(candidate)


def not_a_check() -> None:
    """Be a function where a class belongs."""
