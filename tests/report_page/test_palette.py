"""Colours that can be read: WCAG 2.2, success criteria 1.4.3 (text, 4.5 : 1) and 1.4.11 (shapes, 3 : 1)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gatekeeper.report.page.palette import DARK, LIGHT, TEXT_ON
from gatekeeper.report.page.style import sheet

SCHEMES = {"light": LIGHT, "dark": DARK}


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the best known grey that fails


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
@pytest.mark.parametrize(("text", "ground"), [(text, each) for text, grounds in TEXT_ON.items() for each in grounds])
def test_text_can_be_read(scheme: Mapping[str, str], text: str, ground: str) -> None:
    assert contrast(scheme[text], scheme[ground]) >= 4.5


def test_both_schemes_have_every_colour_that_the_style_uses() -> None:
    used = {each.split(")")[0] for each in sheet().split("var(--")[1:]}
    assert used <= LIGHT.keys()
    assert LIGHT.keys() == DARK.keys()


def test_every_colour_of_text_is_looked_at() -> None:
    used = {each.split(")")[0] for each in sheet().split("color:var(--")[1:]}
    assert used <= TEXT_ON.keys() | {"rule"}  # a rule is the colour of borders
