"""How strong a comparison was, in words: by which evidence, and why not by a stronger one."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.environment.comparison.compare import Comparison
from gatekeeper.environment.comparison.tiers import strongest
from gatekeeper.environment.facts import Lock, Tier

_WORDS = {Tier.HASHES: "hashes", Tier.RECORDS: "record digests", Tier.VERSIONS: "versions only"}
_SHOWN_NAMES = 3


def strength(comparison: Comparison, training: Lock, production: Lock, *, first: str, second: str) -> str:
    """Return how strong a comparison was: `compared on versions only: B (a CycloneDX SBOM) has no hashes`.

    Args:
        comparison: Of these two.
        training: The lock or inventory of the training side.
        production: The lock or inventory of the production side.
        first: What the training side is called.
        second: What the production side is called.
    """
    by = f"compared on {_WORDS[comparison.tier]}"
    if comparison.tier is Tier.HASHES:
        return by
    reasons = [f"{first} ({training.format.value}) has {each}" for each in _lacks(comparison, in_training=True)]
    reasons += [f"{second} ({production.format.value}) has {each}" for each in _lacks(comparison, in_training=False)]
    usual = strongest(comparison.training_offers & comparison.production_offers)
    if comparison.weaker and usual is not comparison.tier:
        reasons = [f"{_named(comparison.weaker)} can't be compared on {_WORDS[usual]}"]
    return f"{by}: {', '.join(reasons)}"


def _lacks(comparison: Comparison, *, in_training: bool) -> Iterator[str]:
    """Yield what a side would need so that the two could be compared by more."""
    own, other = comparison.training_offers, comparison.production_offers
    if not in_training:
        own, other = other, own
    if Tier.HASHES not in own:
        yield "no hashes"
    elif Tier.RECORDS not in own and Tier.RECORDS in other and Tier.HASHES not in other:
        yield "no record digests"


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return f"{', '.join(names[:_SHOWN_NAMES])}{more}"
