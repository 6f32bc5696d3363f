"""A replay as a picture: the deviation of each record from its golden value, and memory over many requests.

It is drawn with the one pen that all pictures have (`gatekeeper.report.baseline.plot_ink`): the same arguments give the
same bytes, text is text, and shapes and dashes tell apart what colours do elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from gatekeeper.replay.observed import Stressed
from gatekeeper.report.baseline.plot_ink import Letters, Page, Pen
from gatekeeper.report.replay import plot_deviation, plot_memory
from gatekeeper.report.replay.plot_deviation import Deviation

__all__ = ["Deviation", "draw"]

WIDTH: Final = 760.0
_EDGE: Final = 24.0
_TITLE: Final = Pen(15, bold=True)
_HEAD: Final = 34.0
_GAP: Final = 22.0


def draw(
    deviations: Sequence[Deviation] = (),
    stressed: Stressed | None = None,
    *,
    format: Literal["svg", "png"],  # noqa: A002 - the word that a caller knows
    title: str = "Replay of golden records",
) -> bytes:
    """Return the picture of a replay; the same arguments give the same bytes.

    Args:
        deviations: Of each record, in the order of the records.
        stressed: What became of memory; None where there was no stress.
        format: What the bytes are.
        title: What stands above.
    """
    page = Page(Letters(format))
    width = WIDTH - 2 * _EDGE
    page.left(_EDGE, _EDGE + 12, title, _TITLE, width)
    y = _EDGE + _HEAD
    if deviations:
        y = plot_deviation.draw(page, deviations, _EDGE, y, width) + _GAP
    if stressed is not None:
        y = plot_memory.draw(page, stressed, _EDGE, y, width) + _GAP
    if not deviations and stressed is None:
        page.left(_EDGE, y, "nothing was replayed", Pen(9), width)
        y += _GAP
    return page.inked(WIDTH, y - _GAP + _EDGE, format, title)
