"""Memory over requests: tensors, blocks, the process, and each device, with the same records and with new ones.

Each number has a row, each phase a column; both columns of a row have one scale, so that they can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gatekeeper.replay.observed import Sample, Stressed
from gatekeeper.report.baseline.plot_ink import Fill, Page, Pen, Stroke

_ROW: Final = 74.0
_LEFT: Final = 118.0
_GAP: Final = 26.0
_MIB: Final = float(1 << 20)

_HEADING: Final = Pen(10.5, bold=True)
_TEXT: Final = Pen(8.2, "#222222")
_FINE: Final = Pen(7.2, "#444444")
_NAME: Final = Pen(8.2, bold=True)
_AXIS: Final = Stroke("#777777", 2, 0.7)
_LINES: Final = {True: Stroke("#000000", 4, 1.2), False: Stroke("#000000", 4, 1.2, (4.0, 2.0))}
_DOT: Final = Fill("#000000", 5)
_RING: Final = Fill("#FFFFFF", 5, "#000000", 0.9)


@dataclass(frozen=True, slots=True)
class _Number:
    """One of the numbers that were followed; `least` is the smallest span that its axis has: less is noise."""

    name: str
    unit: str
    least: float
    of: Callable[[Sample], float]


def draw(page: Page, stressed: Stressed, x: float, y: float, width: float) -> float:
    """Draw the panel with its upper left corner there; return where it ends."""
    page.left(x, y + 10, f"Memory over {stressed.requests:,} requests: {stressed.verdict}", _HEADING, width)
    page.left(x, y + 23, stressed.why, _TEXT, width)
    top = y + 40
    wide = (width - _LEFT - _GAP) / 2
    phases = (("the same records again and again", stressed.repeated), ("each request a new record", stressed.fresh))
    for column, (name, samples) in enumerate(phases):
        at = x + _LEFT + column * (wide + _GAP)
        page.left(at, top, name if samples else f"{name}: not asked", _NAME, wide)
    numbers = _numbers([*stressed.repeated, *stressed.fresh])
    for row, number in enumerate(numbers):
        at = top + 10 + row * _ROW
        page.left(x, at + 14, number.name, _NAME, _LEFT - 50)
        page.left(x, at + 25, number.unit, _FINE, _LEFT - 50)
        values = [number.of(each) for _, samples in phases for each in samples]
        low, high = _span(values, number.least)
        for column, (_, samples) in enumerate(phases):
            if samples:
                begin = x + _LEFT + column * (wide + _GAP)
                _curve(page, number, samples, _Cell(begin, at + 4, wide, _ROW - 24, low, high), filled=column == 0)
    bottom = top + 10 + len(numbers) * _ROW
    page.left(x + _LEFT, bottom + 4, f"requests after a warm-up of {stressed.warmup:,}", _FINE, width)
    return bottom + 6


def _numbers(samples: Sequence[Sample]) -> list[_Number]:
    devices = sorted({name for each in samples for name in each.devices})

    def device(name: str) -> Callable[[Sample], float]:
        return lambda sample: sample.devices.get(name, 0) / _MIB

    return [
        _Number("Tensors", "alive", 8, lambda sample: float(sample.tensors)),
        _Number("Blocks", "of Python, in use", 500, lambda sample: float(sample.blocks)),
        _Number("Process", "MiB resident", 4, lambda sample: sample.resident / _MIB),
        *(_Number(name, "MiB allocated", 4, device(name)) for name in devices),
    ]


def _span(values: Sequence[float], least: float) -> tuple[float, float]:
    """Return the ends of the axis: all values, and no less than what is more than noise."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    missing = max(0.0, least - (high - low))
    low = max(0.0, low - missing / 2)
    return low, max(high, low + least)


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where a curve is drawn, and between which values."""

    x: float
    y: float
    width: float
    height: float
    low: float
    high: float


def _curve(page: Page, number: _Number, samples: Sequence[Sample], cell: _Cell, *, filled: bool) -> None:
    most = max(1, *(each.requests for each in samples))
    bottom = cell.y + cell.height
    page.line(_AXIS, ((cell.x, cell.y), (cell.x, bottom), (cell.x + cell.width, bottom)))
    points = []
    for each in samples:
        share = (number.of(each) - cell.low) / (cell.high - cell.low)
        points.append((cell.x + cell.width * each.requests / most, bottom - cell.height * share))
    if len(points) > 1:
        page.line(_LINES[filled], points)
    for x, y in points:
        page.area(_DOT if filled else _RING, ((x - 2, y - 2), (x + 2, y - 2), (x + 2, y + 2), (x - 2, y + 2)))
    if filled:
        page.right(cell.x - 5, cell.y + 6, _plain(cell.high), _FINE)
        page.right(cell.x - 5, bottom, _plain(cell.low), _FINE)
    page.left(cell.x, bottom + 9, "0", _FINE)
    page.right(cell.x + cell.width, bottom + 9, f"{most:,}", _FINE)
    grown = number.of(samples[-1]) - number.of(samples[0])
    page.center(cell.x + cell.width / 2, bottom + 9, f"from first to last: {_plain(grown, sign='+')}", _FINE)


def _plain(value: float, *, sign: str = "") -> str:
    return f"{value:{sign},.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:{sign},.1f}"
