"""The encoders in a fitted pipeline: which categories each knows, and what it makes of one that it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gatekeeper.replay.inside.calls import Fault, attempt, named
from gatekeeper.replay.inside.values import tagged

MAX_PARTS = 500
_LISTS = ("steps", "transformer_list")
_INNER = (
    "best_estimator_",
    "estimator_",
    "regressor_",
    "transformer_",
    "preprocessor",
    "estimator",
    "final_estimator_",
)

if TYPE_CHECKING:
    Part = tuple[str, Any, list[Any] | None]
    """Where it stands, dotted; the object; the columns that it is given, where that is known."""


def found_in(model: Any) -> list[dict[str, Any]]:
    """Return what each encoder says about itself, in the order of the pipeline."""
    return [_facts(*part) for part in _walk(model) if attempt(_encodes, part[1]) is True]


def _walk(model: Any) -> Iterator[Part]:
    waiting: list[Part] = [("", model, None)]
    seen: set[int] = set()
    while waiting and len(seen) < MAX_PARTS:
        path, part, columns = waiting.pop(0)
        if id(part) in seen or part is None or isinstance(part, (str, bytes, int, float)):
            continue
        seen.add(id(part))
        yield path, part, columns
        inner = attempt(lambda part=part, path=path, columns=columns: list(_inside(part, path, columns)))
        waiting[:0] = [] if isinstance(inner, Fault) else inner


def _inside(part: Any, path: str, columns: list[Any] | None) -> Iterator[Part]:
    before = path + "." if path else ""
    for name in _LISTS:
        listed = getattr(part, name, None)
        for position, (key, each) in enumerate(listed if isinstance(listed, list) else []):
            # What a later step is given are the columns of the one before, not the model's own.
            yield before + str(key), each, columns if position == 0 or name != "steps" else None
    fitted = getattr(part, "transformers_", None)
    for key, each, chosen in fitted if isinstance(fitted, list) else []:
        yield before + str(key), each, _columns(part, chosen)
    for name in _INNER:
        yield before + name, getattr(part, name, None), columns


def _columns(transformer: Any, chosen: Any) -> list[Any] | None:
    """Return the names of the columns that are chosen, or their positions where there are no names."""
    if isinstance(chosen, (str, int)):
        chosen = [chosen]
    if isinstance(chosen, slice):
        chosen = list(range(*chosen.indices(int(transformer.n_features_in_))))
    listed: list[Any] = list(chosen.tolist() if hasattr(chosen, "tolist") else chosen)
    if listed and all(isinstance(each, bool) for each in listed):
        listed = [position for position, each in enumerate(listed) if each]
    names = getattr(transformer, "feature_names_in_", None)
    if names is None:
        return listed
    return [str(names[each]) if isinstance(each, int) else str(each) for each in listed]


def _encodes(part: Any) -> bool:
    return hasattr(part, "categories_") or (type(part).__name__.endswith("Encoder") and hasattr(part, "classes_"))


def _facts(path: str, encoder: Any, columns: list[Any] | None) -> dict[str, Any]:
    categories = getattr(encoder, "categories_", None)
    lists = [encoder.classes_] if categories is None else list(categories)
    own = attempt(lambda: [str(each) for each in encoder.feature_names_in_])
    return {
        "path": path,
        "kind": named(type(encoder)),
        "columns": tagged(columns if isinstance(own, Fault) else own),
        "categories": [tagged(list(each)) for each in lists],
        "handle_unknown": tagged(getattr(encoder, "handle_unknown", None)),
        "unknown_value": tagged(getattr(encoder, "unknown_value", None)),
        "encoded_missing_value": tagged(getattr(encoder, "encoded_missing_value", None)),
    }
