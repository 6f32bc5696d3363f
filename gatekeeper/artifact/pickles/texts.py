"""Text of a pickle, which may be what no file in UTF-8 can hold."""

from __future__ import annotations


def encodable(text: str) -> str:
    """Return the text with each lone surrogate shown as its escape: picklers write them, and no report can."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
