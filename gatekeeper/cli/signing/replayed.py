"""The pictures of what the run measured: how far each golden record is off, and memory over many requests.

Nothing is replayed for them, so that they show the very answers that were judged. What the check stored is taken before
a plug-in runs, which could have forged it; it is data, and what is damaged is not drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gatekeeper.cli.picturing import drawn, missing
from gatekeeper.errors import Unreadable
from gatekeeper.facts import FactStore
from gatekeeper.policy import Declaration
from gatekeeper.replay import figures
from gatekeeper.replay.figures import Deviating, OnDevice
from gatekeeper.replay.observed import Memory
from gatekeeper.report.signoff import Picture

_TITLE: Final = "The replay: how far each answer is from its golden one"
_MEMORY: Final = "Memory over many requests"
_BY_HAND: Final = "gatekeeper golden replay CANDIDATE --plot replay.svg"
_MOST_MARKS: Final = 400
"""Records of one picture, so that it fits into a page even if all of them deviate."""

_MEANING: Final = {
    Memory.LEAK: "it grows with every request",
    Memory.CYCLE: "only the garbage collector frees what a request leaves",
    Memory.BOUNDED: "it grows, and stops growing",
    Memory.CLEAN: "a request leaves nothing behind",
}


@dataclass(slots=True)
class Kept:
    """What the check stored, from when the built-in checks are done."""

    data: bytes = b""

    def take(self, store: FactStore) -> None:
        """Take it from the store of a run; nothing where the check stored nothing."""
        self.data = store.get(figures.KEY, lambda: b"")


def pictures(declaration: Declaration, data: bytes) -> tuple[Picture, ...]:
    """Return the pictures of what was measured; one that can't be drawn has no `svg`, and `alt` says why.

    Args:
        declaration: the candidate's policy: without golden records there is nothing to draw.
        data: what the check stored; empty where it stored nothing.
    """
    if declaration.policy.golden is None:
        return ()
    if not data:
        return (missing(_TITLE, "nothing was measured; golden-replay says why"),)
    try:
        devices = figures.read(data)
    except Unreadable as error:
        return (missing(_TITLE, f"what was measured {error.what}; {error.fix}"),)
    if not devices:
        return (missing(_TITLE, "nothing was asked; golden-replay says why"),)
    return tuple(picture for device in devices for picture in _of(device))


def _of(device: OnDevice) -> Iterator[Picture]:
    where = "" if device.device == "cpu" else f", on {device.device}"
    if device.refused:
        yield missing(_TITLE + where, f"nothing was answered on {device.device}: {device.refused}")
        return
    yield _deviations(device, _TITLE + where)
    yield _memory(device, _MEMORY + where)


def _deviations(device: OnDevice, title: str) -> Picture:
    if not device.deviations:
        return missing(title, "no golden record says what must be answered")
    from gatekeeper.report.replay.plot import Deviation, draw

    shown = figures.worst_of(device.deviations, _MOST_MARKS)
    marks = [Deviation(record=each.record, ratio=each.ratio, output=each.output) for each in shown]
    part = f", the {len(shown):,} that are off most of {device.records:,}" if len(shown) < device.records else ""
    heading = f"Golden records on {device.device}{part}"
    return drawn(title, _told(device, part), lambda: draw(marks, format="svg", title=heading), _BY_HAND)


def _told(device: OnDevice, part: str) -> str:
    """Return in words how far the records are off."""
    worst = max(device.deviations, key=lambda each: each.ratio)
    if device.beyond:
        head = f"{device.beyond:,} of {device.records:,} golden records are off by more than their tolerance"
    else:
        head = f"All {device.records:,} golden records are within their tolerance"
    left = f" {device.unjudged:,} could not be judged, or not whole." if device.unjudged else ""
    return f"{head}; {_largest(device.deviations, worst)}.{left}{f' Shown are{part[1:]}.' if part else ''}"


def _largest(deviations: Sequence[Deviating], worst: Deviating) -> str:
    from gatekeeper.report.replay.plot import Deviation

    finite = [each for each in deviations if each.ratio < float("inf")]
    without = len(deviations) - len(finite)
    largest = max(finite, key=lambda each: each.ratio, default=None)
    said: list[str] = []
    if largest is not None and largest.ratio > 0:
        times = Deviation(record=largest.record, ratio=largest.ratio).times
        output = f", {largest.output}" if largest.output else ""
        said.append(f"the largest deviation is {times} its tolerance ({largest.record}{output})")
    elif largest is not None:
        said.append("no number deviates at all")
    if without:
        said.append(f"for {without:,} no number says by how much ({worst.record}: {worst.output})")
    return ", and ".join(said)


def _memory(device: OnDevice, title: str) -> Picture:
    stressed = device.stressed
    if stressed is None:
        return missing(title, f"it was not measured: {device.unstressed}")
    from gatekeeper.report.replay.plot import draw

    over = f"The verdict is {stressed.verdict} over {stressed.requests:,} requests: {_MEANING[stressed.verdict]}"
    alt = f"{over}. In figures: {stressed.why}."
    heading = f"The process on {device.device}"
    return drawn(title, alt, lambda: draw(stressed=stressed, format="svg", title=heading), _BY_HAND)
