"""The colours of a page, by what they are for, in light and in dark. Contrast is computed from here in a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LIGHT: Final[Mapping[str, str]] = {
    "paper": "#faf9f6",
    "card": "#ffffff",
    "ink": "#1d1c1a",
    "quiet": "#5c5952",
    "rule": "#dcd8cf",
    "link": "#1d4f91",
    "code": "#f2f0ea",
    "pass": "#17633a",
    "pass-paper": "#e7f2ea",
    "fail": "#a3211b",
    "fail-paper": "#fbebe8",
    "doubt": "#714b00",
    "doubt-paper": "#faf0d9",
    "waived": "#573a8c",
    "waived-paper": "#efeaf9",
}

DARK: Final[Mapping[str, str]] = {
    "paper": "#131518",
    "card": "#1b1e22",
    "ink": "#e8e6e1",
    "quiet": "#aaa79f",
    "rule": "#34383e",
    "link": "#9cc0f7",
    "code": "#24282d",
    "pass": "#86d6a5",
    "pass-paper": "#15271c",
    "fail": "#ff9f96",
    "fail-paper": "#341a18",
    "doubt": "#efc46f",
    "doubt-paper": "#2c2412",
    "waived": "#c8b5f6",
    "waived-paper": "#251f36",
}

TEXT_ON: Final[Mapping[str, tuple[str, ...]]] = {
    "ink": ("paper", "card", "code", "pass-paper", "fail-paper", "doubt-paper", "waived-paper"),
    "quiet": ("paper", "card", "code", "pass-paper", "fail-paper", "doubt-paper", "waived-paper"),
    "link": ("paper", "card", "code", "pass-paper", "fail-paper", "doubt-paper", "waived-paper"),
    "pass": ("paper", "card", "pass-paper"),
    "fail": ("paper", "card", "fail-paper"),
    "doubt": ("paper", "card", "doubt-paper"),
    "waived": ("paper", "card", "waived-paper"),
}
"""Each colour of text and what it stands on somewhere in a page."""


def variables(colours: Mapping[str, str]) -> str:
    """Return the colours as custom properties of CSS."""
    return "".join(f"--{name}:{value};" for name, value in colours.items())
