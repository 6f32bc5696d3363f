"""How far each record deviates, as a multiple of its tolerance, on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gatekeeper.report.baseline.plot_ink import Fill, Page, Pen, Stroke

HEIGHT: Final = 210.0
_LEFT: Final = 58.0
_LOWEST, _HIGHEST = -6, 12
"""Powers of ten: a deviation below is drawn as none, one above at the edge."""
_NAMED: Final = 60
_LABEL: Final = 110.0

_HEADING: Final = Pen(10.5, bold=True)
_TEXT: Final = Pen(8.2, "#222222")
_FINE: Final = Pen(7.2, "#444444")
_NAME: Final = Pen(7.4, bold=True)
_GRID: Final = Stroke("#DDDDDD", 1, 0.6)
_AXIS: Final = Stroke("#555555", 2, 0.8)
_TOLERANCE: Final = Stroke("#000000", 3, 1.4, (5.0, 2.5))
_WITHIN: Final = Fill("#8A8A8A", 4)
_BEYOND: Final = Stroke("#000000", 6, 1.6)
_NOWHERE: Final = Fill("#000000", 6)


@dataclass(frozen=True, slots=True)
class Deviation:
    """The largest deviation of one record.

    Attributes:
        record: its id.
        ratio: how many times its tolerance it is: at most 1.0 is within; infinite or NaN where the values can't be told
            apart by a number: another type, shape or name, an exception, NaN.
        output: of which output.
    """

    record: str
    ratio: float
    output: str = ""

    @property
    def is_beyond(self) -> bool:
        """Whether it is more than its tolerance; NaN is."""
        return not self.ratio <= 1.0

    @property
    def times(self) -> str:
        """The ratio in words."""
        if not math.isfinite(self.ratio):
            return "no number"
        digits = f"{self.ratio:,.0f}" if 1000 <= self.ratio < 1e9 else f"{self.ratio:.3g}"
        return digits + "\N{MULTIPLICATION SIGN}"


def draw(page: Page, deviations: Sequence[Deviation], x: float, y: float, width: float) -> float:
    """Draw the panel with its upper left corner there; return where it ends."""
    placed = sorted(((at, each) for at, each in enumerate(deviations) if each.is_beyond), key=_worst_first)
    beyond = [each for _, each in placed]
    count = len(deviations)
    page.left(x, y + 10, "Deviation of each record, in multiples of its tolerance", _HEADING, width)
    said = f"{len(beyond):,} of {count:,} beyond tolerance" if beyond else f"all {count:,} within tolerance"
    page.right(x + width, y + 10, said, _TEXT)
    frame = _Frame(deviations, x + _LEFT, y + 24, width - _LEFT, HEIGHT - 46)
    frame.grid(page)
    for position, each in enumerate(deviations):
        frame.mark(page, position, each)
    frame.label(page, placed)
    said = f"record, 1 to {count:,}; one on the lower edge does not deviate"
    page.center(frame.x + frame.width / 2, y + HEIGHT - 6, said, _FINE)
    return _listed(page, beyond, x, y + HEIGHT + 8, width)


def _worst_first(placed: tuple[int, Deviation]) -> tuple[float, int]:
    position, each = placed
    return (-each.ratio if math.isfinite(each.ratio) else -math.inf, position)


class _Frame:
    """The axes: records from left to right, powers of ten upwards."""

    def __init__(self, deviations: Sequence[Deviation], x: float, y: float, width: float, height: float) -> None:
        self.x, self.y, self.width, self.height = x, y, width, height
        finite = [each.ratio for each in deviations if math.isfinite(each.ratio) and each.ratio > 0]
        powers = [min(_HIGHEST, max(_LOWEST, math.log10(each))) for each in finite] or [0.0]
        self.low = min(-3, math.floor(min(powers)))
        self.high = max(1, math.ceil(max(powers)))
        self._count = len(deviations)

    def across(self, position: int) -> float:
        """Return where a record stands."""
        return self.x + self.width * (position + 0.5) / max(1, self._count)

    def up(self, ratio: float) -> float:
        """Return where a ratio stands; what is no number stands on the upper edge, zero on the lower one."""
        if not math.isfinite(ratio):
            return self.y
        power = math.log10(ratio) if ratio > 0 else self.low
        share = (min(max(power, self.low), self.high) - self.low) / (self.high - self.low)
        return self.y + self.height * (1 - share)

    def grid(self, page: Page) -> None:
        """Draw the axes, a line for each power of ten, and the tolerance."""
        right = self.x + self.width
        every = 1 if self.high - self.low <= 10 else 2
        for power in range(self.low, self.high + 1):
            at = self.up(10.0**power)
            page.line(_GRID, ((self.x, at), (right, at)))
            if power % every == 0:
                words = "10\N{SUPERSCRIPT MINUS}" if power < 0 else "10"
                digits = str(abs(power)).translate(_SUPERSCRIPTS)
                page.right(self.x - 6, at + 2.6, words + digits if power else "1", _FINE)
        page.line(_AXIS, ((self.x, self.y), (self.x, self.y + self.height), (right, self.y + self.height)))
        page.line(_TOLERANCE, ((self.x, self.up(1.0)), (right, self.up(1.0))))
        page.left(self.x + 4, self.up(1.0) - 3, "tolerance", _NAME)

    def mark(self, page: Page, position: int, each: Deviation) -> None:
        """Draw a record: a dot within, a cross beyond, a triangle where there is no number."""
        x, y = self.across(position), self.up(each.ratio)
        if not math.isfinite(each.ratio):
            page.area(_NOWHERE, ((x - 4, y + 7), (x + 4, y + 7), (x, y)))
        elif each.is_beyond:
            page.line(_BEYOND, ((x - 3, y - 3), (x + 3, y + 3)))
            page.line(_BEYOND, ((x - 3, y + 3), (x + 3, y - 3)))
        else:
            page.area(_WITHIN, ((x - 2, y), (x, y - 2), (x + 2, y), (x, y + 2)))

    def label(self, page: Page, placed: Sequence[tuple[int, Deviation]]) -> None:
        """Name the records beyond, the worst first, where there is room beside them."""
        marks = [(self.across(position), self.up(each.ratio) + 3) for position, each in placed]
        taken = [(x - 4, x + 4, y) for x, y in marks]
        for (x, y), (_, each) in zip(marks[:_NAMED], placed[:_NAMED], strict=True):
            wide = min(_LABEL, page.letters.width(page.letters.clean(each.record[:100]), _NAME))
            for left in (x + 6, x - 6 - wide):
                within = self.x <= left and left + wide <= self.x + self.width
                if within and all(left > end or left + wide < begin or abs(y - at) > 8 for begin, end, at in taken):
                    page.left(left, y, each.record, _NAME, _LABEL)
                    taken.append((left, left + wide, y))
                    break


_SUPERSCRIPTS: Final = str.maketrans(
    "0123456789",
    "\N{SUPERSCRIPT ZERO}\N{SUPERSCRIPT ONE}\N{SUPERSCRIPT TWO}\N{SUPERSCRIPT THREE}\N{SUPERSCRIPT FOUR}"
    "\N{SUPERSCRIPT FIVE}\N{SUPERSCRIPT SIX}\N{SUPERSCRIPT SEVEN}\N{SUPERSCRIPT EIGHT}\N{SUPERSCRIPT NINE}",
)


def _listed(page: Page, beyond: Sequence[Deviation], x: float, y: float, width: float) -> float:
    """List the records beyond, the worst first, in columns; return where the list ends."""
    if not beyond:
        return y
    page.left(x, y + 6, "Beyond tolerance, the worst first:", _TEXT, width)
    across = 3
    shown = beyond[:_NAMED]
    for position, each in enumerate(shown):
        row, column = divmod(position, across)
        output = f" ({each.output})" if each.output else ""
        at = x + column * width / across
        end = page.left(at, y + 18 + row * 11, each.record, _NAME, width / across - 110)
        page.left(end + 5, y + 18 + row * 11, each.times + output, _FINE, at + width / across - end - 12)
    y += 18 + math.ceil(len(shown) / across) * 11
    if len(beyond) > _NAMED:
        page.left(x, y + 1, f"and {len(beyond) - _NAMED:,} more", _FINE)
        y += 11
    return y
