"""Did you mean: the word that was probably meant by one that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` was probably meant to be."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return close[0] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the fix for an unknown word: the one that was probably meant, else all there are."""
    names = sorted(known)
    meant = suggestion(word, names)
    return f"did you mean {meant!r}?" if meant else f"one of: {', '.join(names) or 'none is known'}"
