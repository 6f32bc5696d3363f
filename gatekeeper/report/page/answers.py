"""A drawing of golden answers: each record a stroke on the scale of its output, over the range that was declared.

It is made by hand, so that it needs nothing installed: strokes, a band and words, in points from the top left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gatekeeper.report.page.frame import counted
from gatekeeper.report.page.markup import cut, text
from gatekeeper.report.printable import one_line

_WIDTH: Final = 880
_EDGE: Final = 18
_ROW: Final = 126
_STEP: Final = 0.5
"""Points between two strokes: closer ones are one, so that the drawing of a million records is no larger."""
_NAME: Final = "font:600 14px sans-serif"
_FINE: Final = "font:12px sans-serif;fill:#4a4a4a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the golden records say of one output; `low` and `high` are declared, None where nothing is."""

    name: str
    unit: str
    low: float | None
    high: float | None
    values: tuple[float, ...]

    @property
    def finite(self) -> tuple[float, ...]:
        """Return the values that can be drawn."""
        return tuple(each for each in self.values if math.isfinite(each))

    def is_outside(self, value: float) -> bool:
        """Return whether a value is beyond what was declared; a number that is none is."""
        below = self.low is not None and value < self.low
        return below or (self.high is not None and value > self.high) or not math.isfinite(value)


def draw(outputs: Sequence[Answers]) -> str:
    """Return the drawing as SVG, one row an output."""
    rows = "".join(_row(each, index * _ROW) for index, each in enumerate(outputs))
    size = f"0 0 {_WIDTH} {len(outputs) * _ROW}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}">{rows}</svg>'


def told(answers: Answers) -> str:
    """Return in words what a row shows."""
    return f"{cut(one_line(answers.name), 60)}: {_told(answers)}"


def _told(answers: Answers) -> str:
    seen = answers.finite
    span = f" from {_number(min(seen))} to {_number(max(seen))}" if seen else ""
    unit = f" {cut(one_line(answers.unit), 20)}" if answers.unit else ""
    return f"{counted(len(answers.values), 'answer')}{span}{unit}; {_declared(answers)}"


def _declared(answers: Answers) -> str:
    outside = sum(map(answers.is_outside, answers.values))
    beyond = f"{outside:,} outside" if outside else "none outside"
    match answers.low, answers.high:
        case None, None:
            return f"no range is declared{f', {outside:,} not finite' if outside else ''}"
        case float() | int() as low, None:
            return f"declared from {_number(low)} on, and no highest; {beyond}"
        case None, float() | int() as high:
            return f"declared up to {_number(high)}, and no lowest; {beyond}"
        case low, high:
            return f"declared {_number(low or 0)} to {_number(high or 0)}; {beyond}"


def _row(answers: Answers, top: int) -> str:
    place = _scale(answers)
    inside = _apart(place(each) for each in answers.finite if not answers.is_outside(each))
    outside = _apart(place(each) for each in answers.finite if answers.is_outside(each))
    parts = [_words(_EDGE, top + 22, told(answers).partition(": ")[0], _NAME)]
    parts.append(_words(_EDGE, top + 40, _told(answers), _FINE))
    parts.append(_band(answers, place, top + 50))
    parts.append(_path(f"M{_EDGE} {top + 88}H{_WIDTH - _EDGE}", "#8a8a8a", 1))
    parts.append(_path("".join(f"M{x:.1f} {top + 56}v28" for x in inside), "#1d5f9e", 1))
    parts.append(_path("".join(f"M{x - 5:.1f} {top + 65}l10 10m0 -10l-10 10" for x in outside), "#a3211b", 2))
    parts += [_end(value, word, place, top) for value, word in ((answers.low, "lowest"), (answers.high, "highest"))]
    return "".join(parts)


def _scale(answers: Answers) -> Callable[[float], float]:
    """Return where a value stands: everything that is drawn fits."""
    known = [*answers.finite, *(each for each in (answers.low, answers.high) if each is not None)] or [0.0]
    low, high = min(known), max(known)
    # Halves: the difference of the largest floats is infinite.
    room = (high / 2 - low / 2) or 1.0
    return lambda value: _EDGE + 8 + (_WIDTH - 2 * _EDGE - 16) * ((value / 2 - low / 2) / room)


def _band(answers: Answers, place: Callable[[float], float], top: int) -> str:
    """Return what was declared; where an end is open the band goes on to the edge."""
    if answers.low is None and answers.high is None:
        return ""
    left = _EDGE if answers.low is None else place(answers.low)
    right = _WIDTH - _EDGE if answers.high is None else place(answers.high)
    return f'<rect x="{left:.1f}" y="{top}" width="{max(0.0, right - left):.1f}" height="38" fill="#e4eef8"/>'


def _end(value: float | None, word: str, place: Callable[[float], float], top: int) -> str:
    if value is None:
        return ""
    x = place(value)
    stroke = _path(f"M{x:.1f} {top + 46}V{top + 93}", "#1d1c1a", 1.5)
    side = "start" if x < _WIDTH / 2 else "end"
    return stroke + _words(x, top + 108, f"{_number(value)}, the {word} that is declared", _FINE, side)


def _apart(places: Iterable[float]) -> list[float]:
    return sorted({round(each / _STEP) * _STEP for each in places})


def _path(points: str, colour: str, width: float) -> str:
    return f'<path d="{points}" stroke="{colour}" stroke-width="{width}" fill="none"/>' if points else ""


def _words(x: float, y: float, words: str, style: str, side: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{side}" style="{style}">{text(words).text}</text>'


def _number(value: float) -> str:
    return f"{value:.6g}"
