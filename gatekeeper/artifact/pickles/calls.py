"""How a call is shown that loading would make: what is known of its arguments, as text."""

from __future__ import annotations

from gatekeeper.artifact.limits import MAX_ARGUMENTS
from gatekeeper.artifact.pickles.values import Array, Global, Object, Value


def shown(arguments: Value) -> str:
    """Return the arguments as they would be written in a call; `...` for what is not known."""
    if not isinstance(arguments, tuple):
        return "..."
    text = ", ".join(map(_one, arguments))
    return text if len(text) <= MAX_ARGUMENTS else f"{text[:MAX_ARGUMENTS]}..."


def _one(value: Value) -> str:
    match value:
        case None | str() | int() | float():
            return repr(value)
        case Global():
            return str(value)
        case Object():
            return f"<{value.made_by}>"
        case Array():
            return "<array>"
        case tuple():
            return f"({', '.join(map(_one, value))})"
        case _:
            return "..."
