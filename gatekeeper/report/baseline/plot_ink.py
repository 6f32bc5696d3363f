"""The page of a picture: shapes and text in points from the top left, collected first and inked at once.

A page may hold thousands of panels, so that there is one pair of axes for all of them, and one artist for all shapes of
one style. The same page gives the same bytes: fonts are those that come with matplotlib, and nobody's settings count.
"""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gatekeeper.report.printable import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.ft2font import FT2Font

Format: TypeAlias = Literal["svg", "png"]
Point: TypeAlias = tuple[float, float]
Points: TypeAlias = Sequence[Point]

INCH: Final = 72.0
"""Points of an inch."""
_SCALE: Final = 100.0
"""The size at which glyphs are measured."""
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
_FINEST: Final = 160.0
_MOST_PIXELS: Final = 50_000_000
"""Of a PNG: viewers refuse larger ones, and each pixel is four bytes while it is drawn."""
_LONGEST_SIDE: Final = 30_000


@dataclass(frozen=True, slots=True)
class Fill:
    """How an area looks. A higher `z` lies over a lower one."""

    color: str
    z: float
    edge: str = "none"
    width: float = 0.0
    hatch: str | None = None


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line looks; `dash` are lengths of ink and of gap in points, none for a solid line."""

    color: str
    z: float
    width: float
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Pen:
    """How text looks."""

    size: float
    color: str = "#000000"
    bold: bool = False
    mono: bool = False


@dataclass(frozen=True, slots=True)
class _Written:
    x: float
    y: float
    text: str
    pen: Pen
    align: Literal["left", "center", "right"]


class Letters:
    """The fonts that come with matplotlib: how wide a text is, and which characters have a glyph."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._fonts: dict[str, FT2Font] = {}
        self._advances: dict[tuple[str, str], float] = {}
        self._properties: dict[Pen, FontProperties] = {}

    def clean(self, text: str) -> str:
        """Return a text that can be shown: on one line, and nothing in it that hides, reorders or has no glyph.

        An SVG is shown with the fonts of its reader, which may have more glyphs.
        """
        plain = one_line(text)
        if plain.isascii():
            return plain
        return "".join(each if self._shown(each) else _escaped(each) for each in plain)

    def fitted(self, text: str, pen: Pen, width: float, most: int = 400) -> str:
        """Return a clean text that is no wider and has no more characters; what is cut off is an ellipsis."""
        plain = self.clean(text[: most + 1])
        if len(plain) <= most and self.width(plain, pen) <= width:
            return plain
        plain = plain[: most - 1]
        while plain and self.width(plain + _ELLIPSIS, pen) > width:
            plain = plain[:-1]
        return plain.rstrip() + _ELLIPSIS

    def width(self, text: str, pen: Pen) -> float:
        """Return how wide a text is, in points."""
        return sum(self._advance(each, _file(pen)) for each in text) * pen.size / _SCALE

    def properties(self, pen: Pen) -> FontProperties:
        """Return what matplotlib calls a font."""
        from matplotlib.font_manager import FontProperties

        if pen not in self._properties:
            family = "DejaVu Sans Mono" if pen.mono else "DejaVu Sans"
            weight = "bold" if pen.bold else "normal"
            self._properties[pen] = FontProperties(
                family=family, weight=weight, size=pen.size, fname=f"{_folder()}/{_file(pen)}"
            )
        return self._properties[pen]

    def _shown(self, character: str) -> bool:
        if character.isascii():
            return True
        if unicodedata.category(character) == "Cn":
            return False
        return self._form == "svg" or self._font("DejaVuSans.ttf").get_char_index(ord(character)) != 0

    def _advance(self, character: str, file: str) -> float:
        known = self._advances.get((character, file))
        if known is None:
            from matplotlib.ft2font import LoadFlags

            font = self._font(file)
            there = font.get_char_index(ord(character)) != 0
            glyph = font.load_char(ord(character), flags=LoadFlags.NO_HINTING) if there else None
            known = glyph.linearHoriAdvance / 65536 if glyph is not None else _SCALE
            self._advances[character, file] = known
        return known

    def _font(self, file: str) -> FT2Font:
        if file not in self._fonts:
            from matplotlib.ft2font import FT2Font

            self._fonts[file] = FT2Font(f"{_folder()}/{file}")
            self._fonts[file].set_size(_SCALE, INCH)
        return self._fonts[file]


@dataclass(slots=True)
class Page:
    """What is to be drawn, by style. Positions are in points, `y` grows downwards."""

    letters: Letters
    _fills: dict[Fill, list[Points]] = field(default_factory=dict)
    _strokes: dict[Stroke, list[Points]] = field(default_factory=dict)
    _texts: list[_Written] = field(default_factory=list)

    def box(self, fill: Fill, x: float, y: float, width: float, height: float) -> None:
        """Fill a rectangle."""
        self.area(fill, ((x, y), (x + width, y), (x + width, y + height), (x, y + height)))

    def area(self, fill: Fill, points: Points) -> None:
        """Fill a polygon."""
        self._fills.setdefault(fill, []).append(points)

    def line(self, stroke: Stroke, points: Points) -> None:
        """Draw a line through points."""
        self._strokes.setdefault(stroke, []).append(points)

    def left(self, x: float, y: float, text: str, pen: Pen, width: float = 1e6, most: int = 400) -> float:
        """Write a text from `x` on, cut to a width and a number of characters; return where it ends."""
        fitted = self.letters.fitted(text, pen, width, most)
        self._texts.append(_Written(x, y, fitted, pen, "left"))
        return x + self.letters.width(fitted, pen)

    def right(self, x: float, y: float, text: str, pen: Pen, width: float = 1e6) -> float:
        """Write a text that ends at `x`; return where it begins."""
        fitted = self.letters.fitted(text, pen, width)
        self._texts.append(_Written(x, y, fitted, pen, "right"))
        return x - self.letters.width(fitted, pen)

    def center(self, x: float, y: float, text: str, pen: Pen, width: float = 1e6) -> None:
        """Write a text around `x`."""
        self._texts.append(_Written(x, y, self.letters.fitted(text, pen, width), pen, "center"))

    def inked(self, width: float, height: float, form: Format, title: str) -> bytes:
        """Return the picture of the page's upper left part of this size."""
        import matplotlib

        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "gatekeeper", "path.simplify": False})
            return self._inked(width, height, form, title)

    def _inked(self, width: float, height: float, form: Format, title: str) -> bytes:
        import warnings

        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width / INCH, height / INCH), facecolor="white")
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.set_autoscale_on(False)
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        self._shapes(axes)
        self._write(axes, figure)
        written = io.BytesIO()
        with warnings.catch_warnings():
            # A name may be in a script that DejaVu Sans lacks: an SVG's reader has other fonts.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
            told: Mapping[str, str | None]
            if form == "svg":
                told = {"Date": None, "Creator": None, "Title": self.letters.clean(title)}
                FigureCanvasSVG(figure).print_figure(written, format="svg", dpi=INCH, metadata=told)
            else:
                told = {"Software": None, "Title": self.letters.clean(title)}
                FigureCanvasAgg(figure).print_figure(written, format="png", dpi=_dpi(width, height), metadata=told)
        return written.getvalue()

    def _shapes(self, axes: Axes) -> None:
        from matplotlib.collections import LineCollection, PolyCollection

        for fill, areas in self._fills.items():
            polygons = PolyCollection(areas, facecolors=fill.color, edgecolors=fill.edge, linewidths=fill.width)
            polygons.set(zorder=fill.z, clip_on=False, hatch=fill.hatch)
            axes.add_collection(polygons, autolim=False)
        for stroke, lines in self._strokes.items():
            dash = (0.0, tuple(each / stroke.width for each in stroke.dash)) if stroke.dash else "solid"
            drawn = LineCollection(lines, colors=stroke.color, linewidths=stroke.width, linestyles=[dash])
            drawn.set(zorder=stroke.z, clip_on=False, capstyle="butt" if stroke.dash else "projecting")
            axes.add_collection(drawn, autolim=False)

    def _write(self, axes: Axes, figure: Figure) -> None:
        from matplotlib.text import Text

        for each in self._texts:
            text = Text(
                each.x,
                each.y,
                each.text,
                color=each.pen.color,
                fontproperties=self.letters.properties(each.pen),
                horizontalalignment=each.align,
                verticalalignment="baseline",
                parse_math=False,
                transform=axes.transData,
                zorder=9,
            )
            figure.add_artist(text)


def _dpi(width: float, height: float) -> float:
    """Return how finely a PNG is drawn: the larger the page, the coarser."""
    inches = width * height / INCH**2
    return min(_FINEST, math.sqrt(_MOST_PIXELS / inches), _LONGEST_SIDE * INCH / max(width, height))


def _file(pen: Pen) -> str:
    return f"DejaVuSans{'Mono' if pen.mono else ''}{'-Bold' if pen.bold else ''}.ttf"


def _folder() -> str:
    import matplotlib

    return f"{matplotlib.get_data_path()}/fonts/ttf"


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
