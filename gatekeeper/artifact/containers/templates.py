"""Jinja templates in a model file: the program that chats executes them."""

from __future__ import annotations

import re

MAX_TEMPLATE = 2**20
"""1 MiB of template. Those of published models have some ten thousand characters."""

_REACHES = re.compile(r"__|\battr\b|\\[xuUN]|\\[0-7]{2}")
"""What leads out of the data that a template is given: names between double underscores, the filter that looks an
attribute up by a text, and escapes by which such a text is hidden (CVE-2024-34359)."""


def reaches_out(template: str) -> str | None:
    """Return the part of a template that reaches for Python's own attributes; None says nothing of other templates."""
    match = _REACHES.search(template)
    return None if match is None else template[max(0, match.start() - 10) : match.end() + 20]
