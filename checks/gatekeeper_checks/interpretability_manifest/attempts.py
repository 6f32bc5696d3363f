"""What model and handler tried to do that the sandbox keeps out, though they answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Location, Obstacle, Scalar

_NETWORK: Final = ("open a connection", "look up the address", "send to", "listen on")
_SHOWN: Final = 5


def note_attempts(
    inquiry: Inquiry, measured: dict[str, Scalar], who: str, attempts: Iterable[str], at: Location
) -> None:
    """Note what was tried; one that looks for a network does in production what nobody has seen here.

    Args:
        inquiry: takes the obstacle.
        measured: takes every attempt.
        who: "the model" or "the service".
        attempts: as the worker tells them; one that is known from before is passed over.
        at: where it is declared.
    """
    tried = list(dict.fromkeys(attempts))
    if not tried:
        return
    more = f" and {len(tried) - _SHOWN} more" if len(tried) > _SHOWN else ""
    measured[f"{who} tried to"] = "; ".join(tried[:_SHOWN]) + more
    network = [each for each in tried if each.startswith(_NETWORK)]
    if network:
        inquiry.obstacles.append(
            Obstacle(
                what=f"{who} tried to {network[0]}, and there is no network here: what it answers with one was not "
                "seen",
                fix="hand in with the request what is looked up at request time, and leave the network to the code "
                "around the handler",
                at=at,
            )
        )
