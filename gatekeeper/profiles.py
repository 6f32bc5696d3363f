"""The named sets of required checks and thresholds: `dev`, `ci` and `release`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gatekeeper.model import Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a run demands.

    Attributes:
        name: as typed after `--profile`.
        executes: whether checks that execute the candidate belong to it.
        strict: what is merely told elsewhere (see each rule) fails here; nothing is taken from a cache.
        timeout: seconds that one check may take, unless the policy gives it less or more.
        memory: MiB of address space that a check which executes nothing may use.
    """

    name: str
    executes: bool
    strict: bool
    timeout: float
    memory: int

    @property
    def signable(self) -> bool:
        """Whether a run of this profile can be signed off."""
        return self.strict

    def requires(self, needs: Needs) -> bool:
        """Return whether a check with these needs belongs to the profile."""
        return self.executes or needs is Needs.NOTHING


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile(name="dev", executes=False, strict=False, timeout=60, memory=4096),
            Profile(name="ci", executes=True, strict=False, timeout=300, memory=4096),
            Profile(name="release", executes=True, strict=True, timeout=900, memory=8192),
        )
    }
)
DEFAULT_PROFILE = "ci"
