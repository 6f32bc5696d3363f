"""Tables of text: columns as wide as their widest cell, numbers to the right, and shapes as sparklines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

_BARS = " ▁▂▃▄▅▆▇█"
_WIDTH = 16


def aligned(rows: Sequence[Sequence[str]], left: Sequence[int] = (0, 1)) -> Iterator[str]:
    """Yield the rows as lines; the columns `left` begin at their left edge, the others end at their right one."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell + " " * (width - _width(cell)) if place in left else " " * (width - _width(cell)) + cell
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells)


def _width(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )


def sparkline(heights: Sequence[float]) -> str:
    """Return one bar for each height; what is more than nothing has a bar that can be seen."""
    top = max(heights, default=0.0)
    if top <= 0:
        return ""
    return "".join(_BARS[max(1, round(height / top * 8)) if height > 0 else 0] for height in heights)


def density(edges: Sequence[float], le: Sequence[int], lt: Sequence[int]) -> list[float]:
    """Return how much lies in each of 16 stretches of equal width, the farthest values at both ends left out."""
    if len(edges) < 2:
        return [1.0]
    first, last = (1, len(edges) - 2) if len(edges) > 8 else (0, len(edges) - 1)
    low, high = float(edges[first]), float(edges[last])
    step = (high - low) / _WIDTH
    if step <= 0:
        return [1.0]
    stretches = [0.0] * _WIDTH

    def place(value: float) -> int:
        return min(_WIDTH - 1, max(0, int((value - low) / step)))

    for i in range(first, last + 1):
        stretches[place(float(edges[i]))] += le[i] - lt[i]
    for i in range(first, last):
        _spread(stretches, (float(edges[i]) - low) / step, (float(edges[i + 1]) - low) / step, lt[i + 1] - le[i])
    return stretches


def _spread(stretches: list[float], start: float, end: float, count: int) -> None:
    """Spread the count evenly over the stretches from `start` to `end`."""
    for i in range(int(start), min(_WIDTH - 1, int(end)) + 1):
        overlap = min(end, i + 1) - max(start, i)
        if overlap > 0 and end > start:
            stretches[i] += count * overlap / (end - start)
