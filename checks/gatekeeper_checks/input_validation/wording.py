"""What is said of a silent repair, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.inference.validation.facts import Mending, Repair

_LONGEST = 160

_WORDS: Mapping[Mending, tuple[str, str]] = {
    Mending.SENTINEL: (
        "puts a constant where the request says nothing, and the model is asked with it; expected a refusal",
        "pass what the request says to the input model, and declare a safe default in the manifest if there is one",
    ),
    Mending.FILLED: (
        "fills what is missing with a made-up value; expected a refusal, or the declared safe default",
        "refuse the request in the input model; take safe defaults from the manifest",
    ),
    Mending.COERCED: (
        "makes NaN of what is no number; expected a refusal",
        'delete errors="coerce": the input model refuses it',
    ),
    Mending.CAST: (
        'converts a raw value: "nan", "12" and True are numbers to it; expected a strict model',
        "let the input model check it",
    ),
    Mending.REINDEXED: (
        "makes NaN of each column that the request does not name; expected a refusal",
        "build the frame from the fields of the input model",
    ),
    Mending.CONSTRUCTED: (
        "changes a model without its checks; expected model_validate",
        "validate what comes out: model_validate(...)",
    ),
}


def repair_words(repair: Repair) -> tuple[str, str]:
    """Return the message and the fix."""
    if repair.kind is Mending.SWALLOWED:
        return (
            f"`{repair.subject}` {repair.outcome} where parsing or predicting failed; expected an error",
            "let it raise, or answer with the status of an error: 422, 503",
        )
    what, fix = _WORDS[repair.kind]
    return f"`{clipped(repair.subject)}` {what}", fix


def clipped(text: str) -> str:
    """Return a text that is not too long for a line."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
